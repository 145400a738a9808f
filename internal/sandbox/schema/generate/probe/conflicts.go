package probe

import (
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// conflicts sets all arguments of one block at once, and then those that
// complained two by two, to learn which exclude each other.
func (r *run) conflicts(arguments []leaf) error {
	byBlock := map[string][]leaf{}
	for _, l := range arguments {
		parent := strings.Join(l.path[:len(l.path)-1], ".")
		byBlock[parent] = append(byBlock[parent], l)
	}
	for _, parent := range tfschema.Keys(byBlock) {
		group := byBlock[parent]
		if r.huge && parent != "" {
			continue
		}
		all := r.base
		for _, l := range group {
			if f := r.found.Fields[l.key()]; f != nil && f.Sample != nil {
				all = with(all, l, f.Sample)
			}
		}
		found, err := r.validate(all)
		if err != nil {
			return err
		}
		var involved []leaf
		for _, d := range found {
			c, ok := combination(d)
			if !ok || c.Kind != "conflicts" && c.Kind != "exactlyOne" {
				continue
			}
			for _, l := range group {
				if slices.Contains(c.Names, l.key()) && !slices.ContainsFunc(involved, func(k leaf) bool { return k.key() == l.key() }) {
					involved = append(involved, l)
				}
			}
		}
		if err := r.pairs(involved); err != nil {
			return err
		}
	}
	return nil
}

// pairs validates every two of some arguments together.
func (r *run) pairs(involved []leaf) error {
	for i, a := range involved {
		for _, b := range involved[i+1:] {
			config := r.base
			for _, l := range involved {
				config = with(config, l, nil)
			}
			config = with(with(config, a, r.field(a.key()).Sample), b, r.field(b.key()).Sample)
			found, err := r.validate(config)
			if err != nil {
				return err
			}
			for _, d := range found {
				if c, ok := combination(d); ok && c.Kind == "conflicts" {
					r.note(d)
				}
			}
		}
	}
	return nil
}
