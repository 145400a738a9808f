package cloud

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

func all(t *testing.T) map[string]*definition {
	t.Helper()
	found, err := definitions()
	require.NoError(t, err)
	return found
}

// texts calls visit for every text in a value of the data files.
func texts(value any, visit func(string)) {
	switch value := value.(type) {
	case string:
		visit(value)
	case []any:
		for _, element := range value {
			texts(element, visit)
		}
	case map[string]any:
		for _, element := range value {
			texts(element, visit)
		}
	}
}

func (d *definition) everyText(visit func(string)) {
	visit(d.ID)
	visit(d.Key)
	visit(d.ARN)
	texts(d.Defaults, visit)
	texts(d.Outputs, visit)
	for _, rule := range d.Unique {
		visit(rule.Claim)
		visit(rule.Error)
		visit(rule.Pending)
	}
	for _, rule := range d.References {
		visit(strings.ReplaceAll(rule.Missing, "${value}", ""))
	}
	for _, rule := range d.InUse {
		visit(rule.Error)
	}
	for _, rule := range d.Protect {
		visit(rule.Error)
	}
}

var expression = regexp.MustCompile(`(^|[^$])\$\{([^}]*)\}`)

var (
	contextNames = []string{"id", "arn", "name", "account", "region", "partition", "suffix", "now", "value", "user", "variant", "trimmedName"}
	randomNames  = regexp.MustCompile(`^(hex|lower|upper|mixed|digits):[1-9][0-9]*$|^(uuid|publicIp)$`)
	filterNames  = []string{"lower", "after", "before", "last", "or"}
)

func TestEveryTemplateUsesWhatExists(t *testing.T) {
	for token, def := range all(t) {
		facts, ok := schema.Lookup(token)
		require.True(t, ok, token)
		def.everyText(func(text string) {
			for _, match := range expression.FindAllStringSubmatch(text, -1) {
				source, filters, filtered := strings.Cut(match[2], "|")
				checkSource(t, def, facts, source)
				for _, filter := range strings.Split(filters, "|") {
					name, _, _ := strings.Cut(filter, ":")
					assert.True(t, !filtered || slices.Contains(filterNames, name), "%s: filter %q", token, filter)
				}
			}
		})
	}
}

func checkSource(t *testing.T, def *definition, facts *schema.Resource, source string) {
	t.Helper()
	switch {
	case strings.HasPrefix(source, "@"):
		assert.Contains(t, contextNames, source[1:], "%s: ${%s}", def.token, source)
	case strings.HasPrefix(source, "#"):
		assert.Regexp(t, randomNames, source[1:], "%s: ${%s}", def.token, source)
	case strings.Contains(source, ">"):
		reference, property, _ := strings.Cut(source, ">")
		rule, ok := def.References[reference]
		if assert.True(t, ok, "%s: ${%s} follows no reference", def.token, source) {
			if slices.Contains(unlisted, rule.To[0]) {
				return
			}
			target, _ := schema.Lookup(rule.To[0])
			require.NotNil(t, target, rule.To[0])
			assertPath(t, def.token, target.Properties, property)
		}
	default:
		assertPath(t, def.token, facts.Properties, source)
	}
}

// assertPath checks that a property path leads somewhere in the schema.
func assertPath(t *testing.T, token string, properties map[string]*schema.Property, path string) {
	t.Helper()
	for _, step := range strings.Split(path, ".") {
		name, _, _ := strings.Cut(step, "[")
		property := properties[name]
		if !assert.NotNil(t, property, "%s: no property %s (%s)", token, name, path) {
			return
		}
		if property.Element != nil && len(property.Fields) == 0 {
			property = property.Element
		}
		properties = property.Fields
	}
}

func isZero(value any) bool {
	list, isList := value.([]any)
	return value == "" || value == false || value == 0 || isList && len(list) == 0
}

// unlisted are types that exist in the account without being a resource type a
// program can register here.
var unlisted = []string{networkACLType}

func TestEveryPropertyAndTypeInTheDataExists(t *testing.T) {
	known := all(t)
	assertType := func(token, typ string) {
		assert.True(t, known[typ] != nil || slices.Contains(unlisted, typ), "%s: no type %s", token, typ)
	}
	for token, def := range known {
		facts, _ := schema.Lookup(token)
		for property, value := range def.Defaults {
			assertPath(t, token, facts.Properties, property)
			// A value AWS decides for an input that is not computed would be
			// a change for ever, unless it is the zero value or the one the
			// provider gives the input itself.
			if found := facts.Properties[property]; found != nil && !found.Computed && found.Default == nil {
				assert.True(t, isZero(value), "%s: default %s is never computed", token, property)
			}
		}
		for property := range def.Outputs {
			assertPath(t, token, facts.Properties, property)
			if found := facts.Properties[property]; found != nil {
				assert.True(t, found.Computed, "%s: output %s is never computed", token, property)
			}
		}
		if def.Name != "" {
			assertPath(t, token, facts.Properties, def.Name)
		}
		for property, rule := range def.References {
			assertPath(t, token, facts.Properties, property)
			require.NotEmpty(t, rule.To, "%s: %s", token, property)
			for _, typ := range rule.To {
				assertType(token, typ)
			}
			for _, pattern := range rule.External {
				_, err := path.Match(pattern, "")
				assert.NoError(t, err, "%s: %s", token, pattern)
			}
		}
		if def.PartOf != "" {
			assert.Contains(t, def.References, def.PartOf, token)
		}
		for _, rule := range def.InUse {
			for _, typ := range rule.By {
				assertType(token, typ)
			}
		}
		for _, rule := range def.Protect {
			assertPath(t, token, facts.Properties, rule.Property)
		}
		for property, outputs := range def.Volatile {
			assertPath(t, token, facts.Properties, property)
			for _, output := range outputs {
				assertPath(t, token, facts.Properties, output)
			}
		}
		if def.AfterDelete != nil {
			assert.Contains(t, []account.Status{account.PendingDeletion, account.Inactive, account.Deleted}, account.Status(def.AfterDelete.Status), token)
		}
	}
}

func TestWhatCannotBeDeletedWhileUsedIsReferredToByItsUsers(t *testing.T) {
	known := all(t)
	for token, def := range known {
		for _, rule := range def.InUse {
			for _, user := range rule.By {
				refers := false
				for _, reference := range known[user].References {
					refers = refers || slices.Contains(reference.To, token)
				}
				assert.True(t, refers || usesByHook[user] == token || usesByHook[user+" "+token] == token, "%s is in use by %s, which never refers to it", token, user)
			}
		}
	}
}

// usesByHook are users whose reference is found in code, by user or by user and
// what it uses.
var usesByHook = map[string]string{
	"aws:rds/clusterInstance:ClusterInstance " + subnetType:           subnetType,
	"aws:rds/clusterInstance:ClusterInstance " + subnetGroupType:      subnetGroupType,
	"aws:elasticache/replicationGroup:ReplicationGroup " + subnetType: subnetType,
	"aws:cloudwatch/eventTarget:EventTarget " + ruleType:              ruleType,
}

func TestEveryServiceHasItsNameInErrors(t *testing.T) {
	for token, def := range all(t) {
		assert.NotEmpty(t, serviceNames[def.service], token)
	}
}

func TestEveryRuleInCodeIsForATypeInTheData(t *testing.T) {
	known := all(t)
	for token := range rules {
		assert.Contains(t, known, token)
	}
}

func TestADataFileIsReadStrictly(t *testing.T) {
	for name, test := range map[string]struct{ content, problem string }{
		"unknown field": {"aws:a/b:B: {id: x, misspelt: y}", "field misspelt not found"},
		"twice":         {"aws:sqs/queue:Queue: {id: x}\naws:sqs/queue:Queue: {id: y}", "already defined"},
	} {
		_, err := readDefinitions(fstest.MapFS{"data/a.yaml": {Data: []byte(test.content)}})
		assert.ErrorContains(t, err, test.problem, name)
	}
	_, err := readDefinitions(fstest.MapFS{"data/a.yaml": {Data: []byte("aws:a/b:B: {id: x}")}, "data/b.yaml": {Data: []byte("aws:a/b:B: {id: x}")}})
	assert.ErrorContains(t, err, "aws:a/b:B is defined twice")
}
