package probe

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// Verdicts are the provider's answers to fixed values, argument by argument.
// They are kept as test data: the check made of the derived facts has to give
// the same answers.
type Verdicts struct {
	lines []string
}

// Texts and numbers are the fixed values, in the order of the answers.
var (
	fixedTexts   = append(append([]string(nil), candidates...), "zz!", "", "-1", strings.Repeat("a", 300), " ", "a b", "A_b", "a.b", "a:b")
	fixedNumbers = []float64{-1e9, -1, 0, 1, 2, 3, 5, 7, 10, 30, 31, 60, 61, 90, 100, 101, 300, 900, 1000, 1024, 4096, 65535, 65536, 86400, 1e9}
)

// verdicts asks about every fixed value of one argument.
func (r *run) verdicts(l leaf, into *Verdicts) {
	var answers strings.Builder
	ask := func(v any) {
		value, ok := shaped(l.kind, v)
		switch {
		case !ok:
			answers.WriteByte('-')
		case len(r.about(r.base, l, value)) == 0:
			answers.WriteByte('1')
		default:
			answers.WriteByte('0')
		}
	}
	kind := leafKind(l.kind)
	switch kind {
	case "string":
		for _, v := range fixedTexts {
			ask(v)
		}
	case "number":
		for _, v := range fixedNumbers {
			ask(v)
		}
	default:
		return
	}
	into.lines = append(into.lines, fmt.Sprintf("%s %s %s %s", r.kind, l.key(), kind, answers.String()))
}

// leafKind is the kind of the scalar at the bottom of a type.
func leafKind(t tfschema.Type) string {
	for t.Element != nil && t.Kind != "map" {
		t = *t.Element
	}
	return t.Kind
}

// String renders the values and the answers: one line a value, then one line
// an argument with 1 for accepted and 0 for refused.
func (v *Verdicts) String() string {
	var out strings.Builder
	out.WriteString("# What the provider answers to fixed values: the values, then a line an argument\n# with one answer a value (1 accepted, 0 refused).\n")
	for _, text := range fixedTexts {
		out.WriteString("string " + strconv.Quote(text) + "\n")
	}
	for _, n := range fixedNumbers {
		out.WriteString("number " + strconv.FormatFloat(n, 'f', -1, 64) + "\n")
	}
	for _, line := range v.lines {
		out.WriteString("verdict " + line + "\n")
	}
	return out.String()
}
