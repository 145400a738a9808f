package rules_test

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/rules"
	"github.com/tenfold-iac/tenfold/policies/value"
)

func run(t *testing.T, r *rule.Rule, f fixture, c change) *rule.Check {
	t.Helper()
	resources := f.apply(t, c)
	require.NotEmpty(t, resources, "the change removed every resource")
	require.Contains(t, r.Types, resources[0].Type, "the first resource must be one the rule judges")
	var stack *graph.Stack
	if r.Scope == rule.Stack {
		stack = graph.New(resources)
	}
	var params value.Value
	if c.params != nil {
		params = properties(t, c.params)
	}
	return r.Run(resources[0], stack, params)
}

func TestEachRulePassesFailsAndWaitsAsItsFixtureSays(t *testing.T) {
	all := fixtures(t)
	for _, r := range rules.All() {
		t.Run(r.ID, func(t *testing.T) {
			f, ok := all[r.ID]
			require.True(t, ok, "the rule has no fixture in testdata")
			require.NotEmpty(t, f.Fail, "the fixture has no change that fails")
			require.True(t, len(f.Unknown) > 0 || f.Certain != "", "the fixture has no change that is unknown")

			good := run(t, r, f, change{})
			assert.Equal(t, rule.Pass, good.Outcome(), "the stack in order: %v %v", good.Findings(), good.Waits())
			for _, c := range f.Fail {
				check := run(t, r, f, c)
				if assert.Equal(t, rule.Fail, check.Outcome(), "%v: waits for %v", c.set, check.Waits()) {
					assertNames(t, check, c)
				}
			}
			for outcome, changes := range map[rule.Outcome][]change{
				rule.Wait: f.Unknown, rule.Pass: f.Pass, rule.NotApplicable: f.NA,
			} {
				for _, c := range changes {
					check := run(t, r, f, c)
					assert.Equal(t, outcome, check.Outcome(), "%v: %v %v", c.set, check.Findings(), check.Waits())
				}
			}
		})
	}
	for id := range all {
		assert.True(t, slices.ContainsFunc(rules.All(), func(r *rule.Rule) bool { return r.ID == id }),
			"testdata holds a fixture for %s, which is no rule", id)
	}
}

// assertNames holds a finding to naming what the change made wrong.
func assertNames(t *testing.T, check *rule.Check, c change) {
	t.Helper()
	says := c.says
	if says == "" && len(c.order) > 0 {
		says = c.order[0][strings.LastIndexAny(c.order[0], ".@")+1:]
	}
	assert.Contains(t, strings.Join(check.Findings(), "\n"), says)
}

func TestAKnownBadValueFailsWhateverElseIsUnknown(t *testing.T) {
	all := fixtures(t)
	for _, r := range rules.All() {
		f := all[r.ID]
		for _, bad := range f.Fail {
			resources := f.apply(t, bad)
			before := len(run(t, r, f, bad).Findings())
			for _, property := range topLevel(f.Good[0]) {
				if touches(bad, property) {
					continue
				}
				resources[0].Props = f.apply(t, change{set: merge(bad.set, property)})[0].Props
				assert.LessOrEqual(t, 1, before, r.ID)
				outcome := r.Run(resources[0], stackOf(r, resources), params(t, bad)).Outcome()
				assert.NotEqual(t, rule.Pass, outcome, "%s passes %v once %s is unknown", r.ID, bad.set, property)
			}
		}
	}
}

func stackOf(r *rule.Rule, resources []*graph.Resource) *graph.Stack {
	if r.Scope == rule.Stack {
		return graph.New(resources)
	}
	return nil
}

func params(t *testing.T, c change) value.Value {
	t.Helper()
	if c.params == nil {
		return value.Value{}
	}
	return properties(t, c.params)
}

func topLevel(it item) []string {
	fields, _ := it.Props.value.(map[string]any)
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func touches(c change, property string) bool {
	for path := range c.set {
		if path == property || strings.HasPrefix(path, property+".") {
			return true
		}
	}
	return false
}

func merge(set map[string]any, property string) map[string]any {
	out := map[string]any{property: unknown{}}
	for path, v := range set {
		out[path] = v
	}
	return out
}

func TestNoRuleFailsWhenEverythingIsUnknown(t *testing.T) {
	all := fixtures(t)
	for _, r := range rules.All() {
		f := all[r.ID]
		resources := f.apply(t, change{})
		for i := range resources {
			hidden := map[string]any{}
			for _, property := range topLevel(f.Good[i]) {
				hidden[property] = unknown{}
			}
			resources[i].Props = properties(t, hidden)
		}
		check := r.Run(resources[0], stackOf(r, resources), value.Value{})
		assert.NotEqual(t, rule.Fail, check.Outcome(), "%s: %v", r.ID, check.Findings())
	}
}

func TestNoFindingRepeatsASecret(t *testing.T) {
	all := fixtures(t)
	for _, r := range rules.All() {
		f := all[r.ID]
		for _, bad := range f.Fail {
			resources := f.apply(t, bad)
			var texts []string
			for i := range resources {
				wrapped := map[string]any{}
				fields, _ := wire(f.tree(t, bad, resources[i].Name)).(map[string]any)
				for name, field := range fields {
					wrapped[name] = secret{field}
					texts = append(texts, leaves(field)...)
				}
				resources[i].Props = properties(t, wrapped)
			}
			check := r.Run(resources[0], stackOf(r, resources), params(t, bad))
			for _, finding := range check.Findings() {
				for _, leaked := range texts {
					// Words the rule itself says, such as "root", are no leak.
					if len(leaked) >= 12 && !strings.Contains(r.Fix+r.Title+strings.Join(r.Types, ""), leaked) {
						assert.NotContains(t, finding, leaked, r.ID)
					}
				}
			}
		}
	}
}

// tree is a resource's property tree after a change.
func (f fixture) tree(t *testing.T, c change, name string) any {
	t.Helper()
	for i, it := range f.Good {
		if it.name(i) != name {
			continue
		}
		props := it.Props.value
		for path, v := range c.set {
			target, rest := f.Good[0].name(0), path
			if named, ok := strings.CutPrefix(path, "@"); ok {
				target, rest, _ = strings.Cut(named, ".")
			}
			if target == name && rest != "" {
				props = with(props, strings.Split(rest, "."), v)
			}
		}
		return props
	}
	return nil
}

func leaves(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, item := range v {
			all = append(all, leaves(item)...)
		}
		return all
	case map[string]any:
		var all []string
		for _, field := range v {
			all = append(all, leaves(field)...)
		}
		return all
	}
	return nil
}

func TestRulesAreDescribedInFull(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules.All() {
		assert.False(t, seen[r.ID], "%s is there twice", r.ID)
		seen[r.ID] = true
		assert.Regexp(t, regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)+$`), r.ID)
		assert.Regexp(t, `^\p{Lu}.*[^.]$`, r.Title, r.ID)
		assert.Regexp(t, `^\p{Lu}.*\.$`, r.Why, r.ID)
		assert.Regexp(t, `\.$`, r.Fix, r.ID)
		assert.NotContains(t, r.Fix, "\n", r.ID)
		assert.LessOrEqual(t, len(r.Fix), 120, r.ID)
		assert.NotZero(t, r.Severity, r.ID)
		assert.NotZero(t, r.Level, r.ID)
		assert.NotZero(t, r.Scope, r.ID)
		assert.NotEmpty(t, r.Types, r.ID)
		for _, token := range r.Types {
			assert.Regexp(t, `^(aws|datadog):[a-z0-9]+/[a-zA-Z0-9]+:[A-Z][A-Za-z0-9]*$`, token, r.ID)
		}
		for _, p := range r.Params {
			assert.NotEmpty(t, p.Doc, r.ID)
			assert.Contains(t, []string{"integer", "array"}, p.Kind, r.ID)
		}
	}
	assert.GreaterOrEqual(t, len(seen), 50)
}

func TestALevelFollowsTheSeverityOrSaysWhyNot(t *testing.T) {
	for _, r := range rules.All() {
		expected := []rule.Level{rule.Mandatory}
		switch r.Severity {
		case rule.Medium:
			expected = []rule.Level{rule.Mandatory, rule.Advisory}
		case rule.Low:
			expected = []rule.Level{rule.Advisory, rule.Off}
		}
		if !slices.Contains(expected, r.Level) {
			assert.NotEmpty(t, r.LevelReason, "%s is %s with severity %s and does not say why", r.ID, r.Level, r.Severity)
		}
	}
}

func TestSeveritiesAreThoseAWSPublishes(t *testing.T) {
	type control struct{ severity, standard string }
	controls := map[string]control{}
	file, err := os.Open("testdata/controls.tsv")
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Split(lines.Text(), "\t"); len(fields) == 3 {
			controls[fields[0]] = control{fields[1], fields[2]}
		}
	}
	require.Greater(t, len(controls), 150)

	for _, r := range rules.All() {
		if r.FSBP != "" {
			known, ok := controls[r.FSBP]
			if assert.True(t, ok, "%s: %s is not a control", r.ID, r.FSBP) {
				assert.Equal(t, "fsbp", known.standard, "%s: %s", r.ID, r.FSBP)
				assert.Equal(t, known.severity, r.Severity.String(), "%s: %s", r.ID, r.FSBP)
			}
		}
		for _, also := range r.Also {
			if id, ok := strings.CutPrefix(also, "AWS FSBP "); ok {
				assert.Equal(t, "fsbp", controls[id].standard, "%s: %s", r.ID, id)
			}
			if id, ok := strings.CutPrefix(also, "Security Hub "); ok {
				assert.Contains(t, controls, id, r.ID)
				assert.Equal(t, "other", controls[id].standard, "%s: %s", r.ID, id)
			}
		}
	}
}

func BenchmarkEachRuleOnItsFixture(b *testing.B) {
	all := rules.All()
	props := value.Value{}
	resources := make([]*graph.Resource, 0, len(all))
	for _, r := range all {
		if r.Scope == rule.Resource {
			resources = append(resources, &graph.Resource{Type: r.Types[0], Props: props, URN: fmt.Sprint("urn:", r.ID)})
		}
	}
	for b.Loop() {
		i := 0
		for _, r := range all {
			if r.Scope == rule.Resource {
				r.Run(resources[i], nil, value.Value{})
				i++
			}
		}
	}
}
