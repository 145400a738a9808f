package rule_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

func judge(t *testing.T, fields map[string]any, check func(*rule.Check)) *rule.Check {
	t.Helper()
	s, err := structpb.NewStruct(fields)
	require.NoError(t, err)
	r := &rule.Rule{ID: "r", Check: check, Params: []rule.Param{
		{Name: "days", Default: 7}, {Name: "keys", Default: []string{"env"}},
	}}
	return r.Run(&graph.Resource{Props: value.Properties(s)}, nil, value.Value{})
}

func TestAFindingOutweighsAnUnknownValueAndBothOutweighAReasonToSkip(t *testing.T) {
	skip := func(c *rule.Check) { c.Skip("x") }
	wait := func(c *rule.Check) { skip(c); c.Wait("a") }
	fail := func(c *rule.Check) { wait(c); c.Failf("x") }
	assert.Equal(t, rule.Pass, judge(t, nil, func(*rule.Check) {}).Outcome())
	assert.Equal(t, rule.NotApplicable, judge(t, nil, skip).Outcome())
	assert.Equal(t, rule.Wait, judge(t, nil, wait).Outcome())
	assert.Equal(t, rule.Fail, judge(t, nil, fail).Outcome())
}

func TestRequirementsAnswerForEachStateOfAValue(t *testing.T) {
	fields := map[string]any{
		"yes": true, "no": false, "hidden": unknown, "word": "b", "empty": "", "list": []any{}, "n": 5.0, "object": map[string]any{},
	}
	type answers map[string]rule.Outcome
	for name, c := range map[string]struct {
		require func(c *rule.Check, path string)
		answers answers
	}{
		"true":      {(*rule.Check).True, answers{"yes": rule.Pass, "no": rule.Fail, "none": rule.Fail, "hidden": rule.Wait, "word": rule.Wait}},
		"not true":  {(*rule.Check).NotTrue, answers{"yes": rule.Fail, "no": rule.Pass, "none": rule.Pass, "hidden": rule.Wait}},
		"not false": {(*rule.Check).NotFalse, answers{"yes": rule.Pass, "no": rule.Fail, "none": rule.Pass, "hidden": rule.Wait}},
		"set": {(*rule.Check).Set, answers{
			"word": rule.Pass, "object": rule.Pass, "empty": rule.Fail, "list": rule.Fail, "none": rule.Fail, "hidden": rule.Wait,
		}},
		"unset": {
			func(c *rule.Check, path string) { c.Unset(path, "use another") },
			answers{"word": rule.Fail, "list": rule.Pass, "none": rule.Pass, "hidden": rule.Wait},
		},
		"one of": {
			func(c *rule.Check, path string) { c.OneOf(c.Get(path), "a", "b") },
			answers{"word": rule.Pass, "empty": rule.Fail, "none": rule.Fail, "hidden": rule.Wait},
		},
		"one of or absent": {
			func(c *rule.Check, path string) { c.OneOf(c.Get(path), "", "a") },
			answers{"word": rule.Fail, "none": rule.Pass},
		},
		"at least": {
			func(c *rule.Check, path string) { c.AtLeast(path, 5) },
			answers{"n": rule.Pass, "none": rule.Fail, "hidden": rule.Wait},
		},
		"kind": {
			func(c *rule.Check, path string) { c.Kind(path) },
			answers{"word": rule.Pass, "none": rule.Pass, "hidden": rule.Wait},
		},
	} {
		for path, outcome := range c.answers {
			check := judge(t, fields, func(check *rule.Check) { c.require(check, path) })
			assert.Equal(t, outcome, check.Outcome(), "%s of %s: %v", name, path, check.Findings())
		}
	}
}

func TestAFindingSaysThePathTheValueAndWhatItMustBe(t *testing.T) {
	check := judge(t, map[string]any{"mode": "x"}, func(c *rule.Check) { c.OneOf(c.Get("mode"), "", "a", "b", "c") })
	assert.Equal(t, []string{`mode is "x"; it must be a, b or c`}, check.Findings())
}

func TestAFindingIsClearedOfSecretTexts(t *testing.T) {
	secret := map[string]any{sig.Key: sig.Secret, "value": "swordfish"}
	check := judge(t, map[string]any{"a": secret}, func(c *rule.Check) { c.Failf("a quotes swordfish") })
	assert.Equal(t, []string{"a quotes [secret]"}, check.Findings())
}

func TestParametersComeFromConfigAndElseFromTheirDefaults(t *testing.T) {
	s, err := structpb.NewStruct(map[string]any{"days": 14, "keys": []any{"team", "env"}})
	require.NoError(t, err)
	r := &rule.Rule{
		Params: []rule.Param{{Name: "days", Default: 7}, {Name: "keys", Default: []string{"env"}}},
		Check: func(c *rule.Check) {
			c.Failf("%d %v %d %v", c.ParamInt("days"), c.ParamList("keys"), c.ParamInt("none"), c.ParamList("none"))
		},
	}
	assert.Equal(t, []string{"14 [team env] 0 []"}, r.Run(&graph.Resource{}, nil, value.Properties(s)).Findings())
	assert.Equal(t, []string{"7 [env] 0 []"}, r.Run(&graph.Resource{}, nil, value.Value{}).Findings())
}
