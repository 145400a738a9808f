package probe

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// findBase looks for a configuration the provider accepts, by repairing the
// argument each error points at.
func (r *run) findBase() error {
	r.base = minimal(r.block)
	if err := merge(r.block, r.base, r.prober.Bases[r.kind]); err != nil {
		return fmt.Errorf("read the hand-written base: %w", err)
	}
	arguments, _ := leaves(r.block)
	byKey := map[string]leaf{}
	for _, l := range arguments {
		byKey[l.key()] = l
	}
	tried := map[string]bool{}
	for range 40 {
		problems, err := r.validate(r.base)
		if err != nil {
			return err
		}
		if len(problems) == 0 {
			problems, err = r.creation(r.base)
			if err != nil {
				return err
			}
		}
		if len(problems) == 0 {
			break
		}
		if !r.repair(problems, byKey, tried) {
			for _, d := range problems {
				r.unexplained["base: "+d.Path+": "+short(d.Text())] = true
			}
			break
		}
	}
	r.found.Base = compact(r.base)
	return nil
}

// repair changes the base so that the first repairable error goes away.
func (r *run) repair(problems []plugin.Diagnostic, byKey map[string]leaf, tried map[string]bool) bool {
	for _, d := range problems {
		if c, ok := combination(d); ok && c.Kind != "conflicts" {
			for _, name := range c.Names {
				l, known := byKey[name]
				if !known || tried[name] || get(r.base, l.path) != nil {
					continue
				}
				tried[name] = true
				r.base = with(r.base, l, sampleOf(l.kind))
				return true
			}
		}
		l, known := byKey[plain(d.Path)]
		if !known || tried[d.Path+"!"] {
			continue
		}
		tried[d.Path+"!"] = true
		if value, ok := r.accepted(r.base, l, d.Text()); ok {
			r.base = with(r.base, l, value)
			return true
		}
	}
	return false
}

// accepted looks for a value the provider has nothing against at a leaf.
func (r *run) accepted(base map[string]any, l leaf, hint string) (any, bool) {
	if hint == "" {
		first := sampleOf(l.kind)
		left := r.about(base, l, first)
		if len(left) == 0 {
			return first, true
		}
		hint = left[0].Text()
	}
	var hinted Limits
	hinted.read(hint)
	var tries []any
	for _, v := range hinted.Values {
		tries = append(tries, v)
	}
	for _, n := range []*float64{hinted.Min, hinted.Max} {
		if n != nil {
			tries = append(tries, *n)
		}
	}
	for _, c := range candidates {
		tries = append(tries, c)
	}
	for _, n := range []float64{0, 1, 2, 5, 7, 30, 60, 300, 1000, 1024, 4096} {
		tries = append(tries, n)
	}
	for _, v := range tries {
		value, ok := shaped(l.kind, v)
		if ok && len(r.about(base, l, value)) == 0 {
			return value, true
		}
	}
	return nil, false
}

// shaped puts a scalar into the type of a leaf.
func shaped(t tfschema.Type, v any) (any, bool) {
	switch t.Kind {
	case "string", "dynamic":
		s, ok := v.(string)
		return s, ok
	case "number":
		switch n := v.(type) {
		case float64:
			return n, true
		case string:
			var f float64
			if json.Unmarshal([]byte(n), &f) == nil {
				return f, true
			}
		}
		return nil, false
	case "list", "set":
		inner, ok := shaped(*t.Element, v)
		return []any{inner}, ok
	case "map":
		inner, ok := shaped(*t.Element, v)
		return map[string]any{"probe": inner}, ok
	}
	return nil, false
}

// about returns the errors a value at a leaf adds to those of the same
// configuration without it, rules between arguments aside.
func (r *run) about(base map[string]any, l leaf, value any) []plugin.Diagnostic {
	known, err := r.errorsWithout(base, l)
	if err != nil {
		return []plugin.Diagnostic{{Summary: err.Error()}}
	}
	after, err := r.validate(with(base, l, value))
	if err != nil {
		return []plugin.Diagnostic{{Summary: err.Error()}}
	}
	var out []plugin.Diagnostic
	for _, d := range after {
		if !known[d.Path+d.Text()] && concerns(d, l) && !r.note(d) {
			out = append(out, d)
		}
	}
	return out
}

// concerns tells whether an error is about a leaf and not about one of its
// neighbours. Errors inside a set carry the path of the set alone, so that the
// names in their text decide.
func concerns(d plugin.Diagnostic, l leaf) bool {
	path, key := plain(d.Path), l.key()
	switch {
	case path == key, strings.HasPrefix(path, key+"."):
		return true
	case path != "" && !strings.HasPrefix(key, path+"."):
		return false
	}
	text := d.Text()
	if mentions(text, l.path[len(l.path)-1]) || len(l.block) == 0 {
		return true
	}
	for name := range l.block[len(l.block)-1].Block.Attributes {
		if mentions(text, name) {
			return false
		}
	}
	return true
}

// mentions tells whether a text names an argument, as a word of its own.
func mentions(text, name string) bool {
	for from := 0; ; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		start, end := from+at, from+at+len(name)
		if (start == 0 || !wordByte(text[start-1])) && (end == len(text) || !wordByte(text[end])) {
			return true
		}
		from = end
	}
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// errorsWithout returns the errors of a configuration without a leaf, false for
// those about the leaf itself. The answers are kept as long as the base is.
func (r *run) errorsWithout(base map[string]any, l leaf) (map[string]bool, error) {
	absent := with(base, l, nil)
	content, err := json.Marshal(compact(absent))
	if err != nil {
		return nil, err
	}
	key := l.key() + string(content)
	if known, ok := r.before[key]; ok {
		return known, nil
	}
	found, err := r.validate(absent)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, d := range found {
		known[d.Path+d.Text()] = plain(d.Path) != l.key()
		r.note(d)
	}
	r.before[key] = known
	return known, nil
}
