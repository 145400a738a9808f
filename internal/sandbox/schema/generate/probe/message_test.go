package probe

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/plugin"
)

func TestLimitsAreReadFromTheProvidersErrors(t *testing.T) {
	number := func(n float64) *float64 { return &n }
	count := func(n int) *int { return &n }
	for text, want := range map[string]Limits{
		`expected delay_seconds to be in the range (0 - 900), got -1`:                                   {Min: number(0), Max: number(900)},
		`expected interval to be at least (5), got 1`:                                                   {Min: number(5)},
		`expected length of name to be in the range (1 - 64), got aaa`:                                  {MinLength: count(1), MaxLength: count(64)},
		`"name" cannot be longer than 32 characters: "aaa"`:                                             {MaxLength: count(32)},
		`expected launch_type to be one of ["EC2" "FARGATE"], got zz`:                                   {Values: []string{"EC2", "FARGATE"}},
		`Attribute mode value must be one of: ["\"OFF\"" "\"FLEXIBLE\""], got: "zz"`:                    {Values: []string{"OFF", "FLEXIBLE"}},
		"Value [ ] at attribute items[0] is not a valid enum value. Valid values are:\n[SSLv3 TLSv1.2]": {Values: []string{"SSLv3", "TLSv1.2"}},
		`expected value of status_code to match regular expression "^[245]\\d\\d$", got`:                {Pattern: `^[245]\d\d$`},
		`"policy" contains an invalid JSON policy: not a JSON object`:                                   {Format: "policy"},
		`"definition" contains an invalid JSON: invalid character`:                                      {Format: "json"},
		`"role" (zz) is an invalid ARN: arn: invalid prefix`:                                            {Format: "arn"},
		`expected "from_port" to be a valid port number or 0, got: -1`:                                  {Min: number(0), Max: number(65535)},
		`domain_name must not be empty, got`:                                                            {MinLength: count(1)},
		`Too many list items: list must contain at most 5 elements, got: 12`:                            {MaxItems: count(5)},
		`"expected_bucket_owner" doesn't look like AWS Account ID (exactly 12 digits): "zz"`:            {Format: "account"},
	} {
		var got Limits
		assert.True(t, got.read(text), text)
		assert.Equal(t, want, got, text)
	}
	var none Limits
	assert.False(t, none.read("something else is wrong"))
}

func TestRulesBetweenArgumentsAreRecognized(t *testing.T) {
	for text, want := range map[string]Combination{
		`"name": conflicts with name_prefix`: {"conflicts", []string{"name", "name_prefix"}},
		"\"auth.0.a\": only one of `auth.0.a,auth.0.b` can be specified, but `auth.0.a,auth.0.b` were specified.": {"exactlyOne", []string{"auth.a", "auth.b"}},
		"\"a\": one of `a,b` must be specified":                                     {"atLeastOne", []string{"a", "b"}},
		"\"b\": all of `a,b` must be specified":                                     {"together", []string{"b", "a"}},
		`Exactly one of these attributes must be configured: [cidr_ipv4,cidr_ipv6]`: {"exactlyOne", []string{"cidr_ipv4", "cidr_ipv6"}},
		"Attribute \"a\" must be specified when\n\"b\" is specified":                {"together", []string{"b", "a"}},
		"Attribute \"a\" cannot be specified when\n\"b\" is specified":              {"conflicts", []string{"a", "b"}},
	} {
		got, ok := combination(plugin.Diagnostic{Summary: text})
		assert.True(t, ok, text)
		assert.Equal(t, want, got, text)
	}
	_, ok := combination(plugin.Diagnostic{Summary: "expected name to be short"})
	assert.False(t, ok)
}

func TestAClassMatchesExactlyItsCharacters(t *testing.T) {
	set := `abcdefghijklmnopqrstuvwxyz0123456789-_]^\[`
	expression, err := regexp.Compile("^" + class(set) + "$")
	require.NoError(t, err)
	for _, c := range set {
		assert.True(t, expression.MatchString(string(c)), string(c))
	}
	for _, c := range "AZ. /" {
		assert.False(t, expression.MatchString(string(c)), string(c))
	}
}
