package probe

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
)

// limits probes one argument with values at and beyond the edges.
func (r *run) limits(l leaf) error {
	sample, ok := get(r.base, l.path), true
	if sample == nil {
		sample, ok = r.accepted(r.base, l, "")
	}
	f := r.field(l.key())
	if ok {
		f.Sample = sample
	}
	var junk []any
	switch l.kind.Kind {
	case "bool":
		return nil
	case "number":
		for _, n := range []float64{-1e9, -1, 0, 0.5, 1e9, 3} {
			junk = append(junk, n)
		}
	case "list", "set":
		many := make([]any, 12)
		for i := range many {
			v, ok := shaped(*l.kind.Element, fmt.Sprintf("probe-%d", i))
			if !ok {
				v = float64(i)
			}
			many[i] = v
		}
		junk = append(junk, []any{}, many)
		fallthrough
	default:
		for _, s := range []string{"zz!", "", "-1", strings.Repeat("a", 70000), " ", "é"} {
			if v, ok := shaped(l.kind, s); ok {
				junk = append(junk, v)
			}
		}
	}
	rejected := map[string]bool{}
	for _, v := range junk {
		for _, d := range r.about(r.base, l, v) {
			text := short(d.Text())
			if !f.read(d.Text()) {
				rejected[text] = true
			}
		}
	}
	r.refine(l, f)
	if s, isText := scalarText(l, sample); ok && isText && len(f.Values) == 0 && f.Pattern == "" && f.Format == "" && !r.huge {
		if err := r.sweep(l, f, s); err != nil {
			return err
		}
	}
	r.leniency(l, f)
	if l.kind.Kind == "number" && f.Min == nil && f.Max == nil && len(f.Values) == 0 && len(rejected) == 0 {
		return nil
	}
	for text := range rejected {
		if f.Pattern == "" && f.MaxLength == nil {
			r.unexplained[l.key()+": "+text] = true
		}
	}
	return nil
}

// refine corrects rules read from errors that name only one of several forms:
// what accepts a plain word has no format and no enumeration.
func (r *run) refine(l leaf, f *Field) {
	passes := func(text string) bool {
		v, ok := shaped(l.kind, text)
		return ok && len(r.about(r.base, l, v)) == 0
	}
	if l.kind.Kind == "bool" {
		return
	}
	if l.kind.Kind == "number" { // zero often stands for "off" beside a range
		if f.Min != nil && *f.Min > 0 && len(f.Values) == 0 && len(r.about(r.base, l, 0.0)) == 0 {
			f.Values = []string{"0"}
		}
		return
	}
	if (f.Format != "" || len(f.Values) > 0) && (passes("probe-a") || passes("Probe1")) && !slices.Contains(f.Values, "probe-a") {
		f.Format, f.Values = "", nil
		return
	}
	four, six := map[string]string{"cidr": "10.0.0.0/16", "ip": "10.0.0.1"}, map[string]string{"cidr": "2001:db8::/56", "ip": "2001:db8::1"}
	family := strings.TrimRight(strings.TrimSuffix(f.Format, "v"), "46")
	family = strings.TrimSuffix(family, "v")
	if four[family] == "" {
		return
	}
	a, b := passes(four[family]), passes(six[family])
	suffix := map[[2]bool]string{{true, false}: "4", {false, true}: "6"}[[2]bool{a, b}]
	if family == "ip" && suffix != "" {
		suffix = "v" + suffix
	}
	f.Format = family + suffix
	f.HostBits = family == "cidr" && (passes("10.0.0.1/16") || passes("2001:db8::1/56"))
}

// leniency finds out whether values are compared without case, and whether the
// empty text passes where others do not.
func (r *run) leniency(l leaf, f *Field) {
	passes := func(text string) bool {
		v, ok := shaped(l.kind, text)
		return ok && len(r.about(r.base, l, v)) == 0
	}
	if l.kind.Kind == "number" {
		return
	}
	for _, value := range f.Values {
		if swapped := swapCase(value); swapped != value && !slices.Contains(f.Values, swapped) {
			f.FoldCase = passes(swapped)
			break
		}
	}
	if len(f.Values) > 0 || f.MinLength != nil || f.Pattern != "" || f.Format != "" {
		f.AllowEmpty = !slices.Contains(f.Values, "") && passes("")
	}
}

func swapCase(s string) string {
	if upper := strings.ToUpper(s); upper != s {
		return upper
	}
	return strings.ToLower(s)
}

// scalarText is the text inside a sample of a text argument.
func scalarText(l leaf, sample any) (string, bool) {
	switch v := sample.(type) {
	case string:
		return v, true
	case []any:
		if len(v) == 1 {
			s, ok := v[0].(string)
			return s, ok
		}
	}
	return "", false
}

// sweep derives a pattern from the characters refused at the start, inside
// and at the end of an accepted name. Values with a syntax of their own
// (documents, ARNs, addresses) are not swept.
func (r *run) sweep(l leaf, f *Field, sample string) error {
	if strings.Trim(sample, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/.") != "" {
		return nil
	}
	refuses := func(s string) bool {
		v, _ := shaped(l.kind, s)
		return len(r.about(r.base, l, v)) > 0
	}
	v, _ := shaped(l.kind, "probe-a")
	w, _ := shaped(l.kind, "probea")
	if len(r.about(r.base, l, v)) > 0 && len(r.about(r.base, l, w)) > 0 {
		r.unexplained[l.key()+": fixed form, sample "+sample] = true
		return nil
	}
	half := len(sample) / 2
	all := ` !"#$%&'()*+,-./:;<=>?@[\]^_{|}~` + "`"
	if !refuses(sample[:half]+all+sample[half:]) && !refuses("Z"+sample) && !refuses("-"+sample) && !refuses(sample+"-") && !refuses(" ") {
		return r.lengths(l, f, sample)
	}
	characters := all + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var lead, inside, trail strings.Builder
	for _, c := range characters {
		s := string(c)
		if !refuses(s + sample) {
			lead.WriteString(s)
		}
		if !refuses(sample[:half] + s + sample[half:]) {
			inside.WriteString(s)
		}
		if !refuses(sample + s) {
			trail.WriteString(s)
		}
	}
	if lead.Len() == 0 || inside.Len() == 0 || trail.Len() == 0 {
		r.unexplained[l.key()+": fixed form, sample "+sample] = true
		return nil
	}
	f.Pattern = fmt.Sprintf("^%s(%s*%s)?$", class(lead.String()), class(inside.String()), class(trail.String()))
	if _, err := syntax.Parse(f.Pattern, syntax.Perl); err != nil {
		return fmt.Errorf("derived pattern %s: %w", f.Pattern, err)
	}
	return r.lengths(l, f, sample)
}

// lengths bisects the longest accepted text when no error states it.
func (r *run) lengths(l leaf, f *Field, sample string) error {
	if f.MaxLength != nil {
		return nil
	}
	accepts := func(n int) bool {
		v, _ := shaped(l.kind, sample+strings.Repeat("a", max(n-len(sample), 0)))
		return len(r.about(r.base, l, v)) == 0
	}
	if accepts(5000) {
		return nil
	}
	low, high := len(sample), 5000
	for high-low > 1 {
		mid := (low + high) / 2
		if accepts(mid) {
			low = mid
		} else {
			high = mid
		}
	}
	f.MaxLength = &low
	return nil
}

// class renders a set of characters as a regular expression class.
func class(set string) string {
	var out strings.Builder
	out.WriteString("[")
	for _, r := range []struct{ all, short string }{
		{"0123456789", "0-9"}, {"abcdefghijklmnopqrstuvwxyz", "a-z"}, {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "A-Z"},
	} {
		if strings.Contains(set, r.all) {
			set = strings.ReplaceAll(set, r.all, "")
			out.WriteString(r.short)
		}
	}
	for _, c := range set {
		if strings.ContainsRune(`\]^-[`, c) {
			out.WriteString(`\`)
		}
		out.WriteRune(c)
	}
	out.WriteString("]")
	return out.String()
}
