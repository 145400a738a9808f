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
	// HostBits: an address block may have host bits.
	HostBits bool `json:"hostBits,omitempty"`
}

var (
	quotedList    = regexp.MustCompile(`(?:[Oo]ne of:?|[Aa]ny of|[Vv]alid [Vv]alues(?: are)?:?)\s*\[([^\]]*)\]`)
	quoted        = regexp.MustCompile(`\\?"((?:[^"\\]|\\[^"])*)\\?"`)
	expression    = regexp.MustCompile(`must match regular expression '([^']*)'`)
	goExpression  = regexp.MustCompile(`to match regular expression ("(?:[^"\\]|\\.)*")`)
	notEmpty      = regexp.MustCompile(`(?:must not be empty|to not be an empty string)`)
	formatByWords = []struct {
		words  string
		format string
	}{
		{"invalid JSON policy", "policy"}, {"JSON policy", "policy"}, {"invalid JSON", "json"}, {"JSON String Value", "json"},
		{"invalid ARN", "arn"}, {"ARN", "arn"}, {"valid IPv4 CIDR", "cidr4"}, {"valid IPv6 CIDR", "cidr6"},
		{"IPv4 CIDR", "cidr4"}, {"IPv6 CIDR", "cidr6"}, {"valid CIDR", "cidr"}, {"CIDR", "cidr"},
		{"IPv4 address", "ipv4"}, {"IPv6 address", "ipv6"}, {"valid IP", "ip"}, {"RFC3339", "timestamp"}, {"ISO8601", "timestamp"},
		{"base64", "base64"}, {"AWS Account ID", "account"}, {"AWS account ID", "account"}, {"AWS Region", "region"},
		{"as boolean", "bool"}, {"ddd:hh24:mi-ddd:hh24:mi", "weeklyWindow"}, {"hh24:mi-hh24:mi", "dailyWindow"}, {"divisible by 60", "alarmPeriod"},
	}
	ranges = []struct {
		of     string // "length", "items" or "value"
		expr   *regexp.Regexp
		lo, hi int // submatch of each end, 0 for none
	}{
		{"length", regexp.MustCompile(`length of \S+ to be in the range \((-?\d+) - (-?\d+)\)`), 1, 2},
		{"length", regexp.MustCompile(`string length must be between (\d+) and (\d+)`), 1, 2},
		{"length", regexp.MustCompile(`length must be between (\d+) and (\d+)`), 1, 2},
		{"length", regexp.MustCompile(`must be between (\d+) and (\d+) characters`), 1, 2},
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
	switch {
	case strings.Contains(text, "must be a whole number"), strings.Contains(text, "Configuration Read Error"), strings.Contains(text, "Unable to Convert Attribute Path"), strings.Contains(text, "an object is required"):
		return true // about the probe's value, whose type the SDK would not let pass
	case strings.Contains(text, "valid port number or 0"):
		l.bound("value", new(0.0), new(65535.0))
		return true
	case strings.Contains(text, "valid port number"):
		l.bound("value", new(1.0), new(65535.0))
		return true
	case notEmpty.MatchString(text):
		l.bound("length", new(1.0), nil)
		return true
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
	if found := goExpression.FindStringSubmatch(text); found != nil {
		if pattern, err := strconv.Unquote(found[1]); err == nil {
			l.Pattern, understood = pattern, true
		}
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
		if v == nil || *v > 1<<31 { // the largest integer stands for no limit
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
	Kind  string   `json:"kind"`  // "conflicts", "exactlyOne", "atLeastOne" or "together"
	Names []string `json:"names"` // of "together" the first needs the others
}

var (
	backticked   = regexp.MustCompile("`([^`]+)`")
	conflictText = regexp.MustCompile(`(?s)"([^"]+)": conflicts with (\S+)`)
	exactlyText  = regexp.MustCompile(`one \(and only one\) of \[([^\]]+)\]`)
	exactText    = regexp.MustCompile(`Exactly one of these attributes must be configured: \[([^\]]+)\]`)
	someText     = regexp.MustCompile(`[Aa]t least one of these attributes must be configured: \[([^\]]+)\]`)
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
		return Combination{"together", names(m[2] + "," + m[1])}, true
	}
	if m := exactlyText.FindStringSubmatch(text); m != nil {
		return Combination{"exactlyOne", names(m[1])}, true
	}
	if m := exactText.FindStringSubmatch(text); m != nil {
		return Combination{"exactlyOne", names(m[1])}, true
	}
	if m := someText.FindStringSubmatch(text); m != nil {
		return Combination{"atLeastOne", names(m[1])}, true
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
		first := quoted.FindStringSubmatch(text)
		if first == nil {
			return Combination{}, false
		}
		needs := names(first[1])
		for _, name := range names(m[1]) {
			if name != needs[0] {
				needs = append(needs, name)
			}
		}
		return Combination{"together", needs}, true
	case strings.Contains(text, "only one of `"), d.Summary == "Invalid combination of arguments":
		return Combination{"exactlyOne", names(m[1])}, true
	case strings.Contains(text, "one of `"):
		return Combination{"atLeastOne", names(m[1])}, true
	}
	return Combination{}, false
}
