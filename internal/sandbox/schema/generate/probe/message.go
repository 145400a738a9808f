package probe

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
)

// Limits are the rules of one argument that the provider checks itself.
type Limits struct {
	Values    []string `json:"values,omitempty"`
	Min       *float64 `json:"min,omitempty"`
	Max       *float64 `json:"max,omitempty"`
	MinLength *int     `json:"minLength,omitempty"`
	MaxLength *int     `json:"maxLength,omitempty"`
	MinItems  *int     `json:"minItems,omitempty"`
	MaxItems  *int     `json:"maxItems,omitempty"`
	Pattern   string   `json:"pattern,omitempty"`
	Format    string   `json:"format,omitempty"`
	// FoldCase: the values are accepted in any case. AllowEmpty: the empty
	// text is accepted whatever the other limits say.
	FoldCase   bool `json:"foldCase,omitempty"`
	AllowEmpty bool `json:"allowEmpty,omitempty"`
}

var (
	quotedList    = regexp.MustCompile(`(?:[Oo]ne of:?|any of|[Vv]alid [Vv]alues(?: are)?:?|[Vv]alues?:?)\s*\[([^\]]*)\]`)
	quoted        = regexp.MustCompile(`\\?"((?:[^"\\]|\\[^"])*)\\?"`)
	expression    = regexp.MustCompile(`must match regular expression '([^']*)'`)
	formatByWords = []struct {
		words  string
		format string
	}{
		{"invalid JSON policy", "policy"}, {"JSON policy", "policy"}, {"invalid JSON", "json"}, {"JSON String Value", "json"},
		{"invalid ARN", "arn"}, {"ARN", "arn"}, {"valid IPv4 CIDR", "cidr4"}, {"valid IPv6 CIDR", "cidr6"},
		{"IPv4 CIDR", "cidr4"}, {"IPv6 CIDR", "cidr6"}, {"valid CIDR", "cidr"}, {"CIDR", "cidr"},
		{"IPv4 address", "ipv4"}, {"IPv6 address", "ipv6"}, {"valid IP", "ip"}, {"RFC3339", "timestamp"}, {"ISO8601", "timestamp"},
		{"base64", "base64"}, {"account ID", "account"}, {"account id", "account"},
	}
	ranges = []struct {
		of     string // "length", "items" or "value"
		expr   *regexp.Regexp
		lo, hi int // submatch of each end, 0 for none
	}{
		{"length", regexp.MustCompile(`length of \S+ to be in the range \((-?\d+) - (-?\d+)\)`), 1, 2},
		{"length", regexp.MustCompile(`string length must be between (\d+) and (\d+)`), 1, 2},
		{"length", regexp.MustCompile(`length must be between (\d+) and (\d+)`), 1, 2},
		{"length", regexp.MustCompile(`string length must be at most (\d+)`), 0, 1},
		{"length", regexp.MustCompile(`string length must be at least (\d+)`), 1, 0},
		{"length", regexp.MustCompile(`cannot be (?:longer|greater) than (\d+) characters`), 0, 1},
		{"length", regexp.MustCompile(`cannot be shorter than (\d+) characters`), 1, 0},
		{"length", regexp.MustCompile(`must be less than or equal to (\d+) characters`), 0, 1},
		{"items", regexp.MustCompile(`list must contain at least (\d+) elements and at most (\d+)`), 1, 2},
		{"items", regexp.MustCompile(`(?:list|set) must contain at least (\d+) elements`), 1, 0},
		{"items", regexp.MustCompile(`(?:list|set) must contain at most (\d+) elements`), 0, 1},
		{"items", regexp.MustCompile(`supports (\d+) item maximum`), 0, 1},
		{"items", regexp.MustCompile(`requires (\d+) item minimum`), 1, 0},
		{"value", regexp.MustCompile(`to be in the range \((-?[\d.]+) - (-?[\d.]+)\)`), 1, 2},
		{"value", regexp.MustCompile(`value must be between (-?[\d.]+) and (-?[\d.]+)`), 1, 2},
		{"value", regexp.MustCompile(`to be at least \((-?[\d.]+)\)`), 1, 0},
		{"value", regexp.MustCompile(`to be at most \((-?[\d.]+)\)`), 0, 1},
		{"value", regexp.MustCompile(`value must be at least (-?[\d.]+)`), 1, 0},
		{"value", regexp.MustCompile(`value must be at most (-?[\d.]+)`), 0, 1},
	}
)

// read takes the rule out of one error text; false when it states none that
// is understood.
func (l *Limits) read(text string) bool {
	if strings.Contains(text, "must be a whole number") {
		return true // the SDK's types say so already
	}
	understood := false
	if found := quotedList.FindStringSubmatch(text); found != nil {
		if values := listed(found[1]); len(values) > 0 {
			l.Values, understood = values, true
		}
	}
	for _, r := range ranges {
		found := r.expr.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		l.bound(r.of, number(found, r.lo), number(found, r.hi))
		return true
	}
	if found := expression.FindStringSubmatch(text); found != nil && l.Pattern == "" {
		l.Pattern, understood = found[1], true
	}
	if understood {
		return true
	}
	for _, f := range formatByWords {
		if strings.Contains(text, f.words) {
			if l.Format == "" {
				l.Format = f.format
			}
			return true
		}
	}
	return false
}

func (l *Limits) bound(of string, low, high *float64) {
	integer := func(v *float64) *int {
		if v == nil {
			return nil
		}
		n := int(*v)
		return &n
	}
	switch of {
	case "length":
		keep(&l.MinLength, integer(low))
		keep(&l.MaxLength, integer(high))
	case "items":
		keep(&l.MinItems, integer(low))
		keep(&l.MaxItems, integer(high))
	default:
		keep(&l.Min, low)
		keep(&l.Max, high)
	}
}

func keep[T any](to **T, value *T) {
	if value != nil {
		*to = value
	}
}

func number(found []string, at int) *float64 {
	if at == 0 {
		return nil
	}
	v, err := strconv.ParseFloat(found[at], 64)
	if err != nil {
		return nil
	}
	return &v
}

// listed reads the values of an enumeration: `"A" "B"`, `"\"A\"" "\"B\""` or
// bare words and numbers.
func listed(text string) []string {
	var out []string
	text = strings.ReplaceAll(text, `\"`, `"`)
	text = strings.ReplaceAll(text, `""`, `"`)
	if strings.Contains(text, `"`) {
		for _, m := range quoted.FindAllStringSubmatch(text, -1) {
			if strings.TrimSpace(m[1]) != "" {
				out = append(out, m[1])
			}
		}
		return out
	}
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' })
}

// Combination is a rule between arguments, as the provider states it.
type Combination struct {
	Kind  string   `json:"kind"` // "conflicts", "exactlyOne", "atLeastOne" or "together"
	Names []string `json:"names"`
}

var (
	backticked   = regexp.MustCompile("`([^`]+)`")
	conflictText = regexp.MustCompile(`(?s)"([^"]+)": conflicts with (\S+)`)
	exactlyText  = regexp.MustCompile(`one \(and only one\) of \[([^\]]+)\]`)
	atLeastText  = regexp.MustCompile(`[Aa]t least one attribute out of \[([^\]]+)\]`)
	cannotText   = regexp.MustCompile(`Attribute "([^"]+)" cannot be specified when\s+"([^"]+)" is specified`)
	togetherText = regexp.MustCompile(`Attribute "([^"]+)" must be specified when\s+"([^"]+)" is specified`)
)

// combination recognizes an error about arguments that do not go together.
func combination(d plugin.Diagnostic) (Combination, bool) {
	text := d.Text()
	names := func(list string) []string {
		var out []string
		for _, name := range strings.Split(list, ",") {
			out = append(out, plain(strings.NewReplacer("[", ".", "]", "", "<", "", ".<", ".").Replace(strings.TrimSpace(name))))
		}
		return out
	}
	if m := conflictText.FindStringSubmatch(text); m != nil {
		return Combination{"conflicts", names(m[1] + "," + strings.TrimRight(m[2], ".,"))}, true
	}
	if m := cannotText.FindStringSubmatch(text); m != nil {
		return Combination{"conflicts", names(m[1] + "," + m[2])}, true
	}
	if m := togetherText.FindStringSubmatch(text); m != nil {
		return Combination{"together", names(m[1] + "," + m[2])}, true
	}
	if m := exactlyText.FindStringSubmatch(text); m != nil {
		return Combination{"exactlyOne", names(m[1])}, true
	}
	if m := atLeastText.FindStringSubmatch(text); m != nil {
		return Combination{"atLeastOne", names(m[1])}, true
	}
	m := backticked.FindStringSubmatch(text)
	if m == nil {
		return Combination{}, false
	}
	switch {
	case strings.Contains(text, "all of `"):
		return Combination{"together", names(m[1])}, true
	case strings.Contains(text, "only one of `"), d.Summary == "Invalid combination of arguments":
		return Combination{"exactlyOne", names(m[1])}, true
	case strings.Contains(text, "one of `"):
		return Combination{"atLeastOne", names(m[1])}, true
	}
	return Combination{}, false
}
