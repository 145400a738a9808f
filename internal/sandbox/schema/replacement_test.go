package schema

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measured is one line of testdata/replacements.txt.
type measured struct{ upstream, effect, path string }

func measurements(t *testing.T) []measured {
	t.Helper()
	file, err := os.Open("testdata/replacements.txt")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	var out []measured
	upstream := ""
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		words := strings.Fields(scanner.Text())
		switch {
		case len(words) == 1 && !strings.HasPrefix(words[0], "#"):
			upstream = words[0]
		case len(words) == 2 && words[0] != "#":
			out = append(out, measured{upstream, words[0], words[1]})
		}
	}
	require.NoError(t, scanner.Err())
	require.NotEmpty(t, out)
	return out
}

// depends lists the measurements whose effect hangs on another argument, which
// tests of their own cover.
var depends = map[string]string{
	"aws_ecs_service capacity_provider_strategy": "forceNewDeployment and the number of strategies",
	"aws_rds_cluster storage_type":               "the engine",
}

// unfollowed lists the measurements that Diff does not follow, with the reason.
// In each of them it shows a change where the provider shows none.
var unfollowed = map[string]string{
	"aws_dynamodb_table attribute.type":                           "the provider tells attributes apart by name alone",
	"aws_dynamodb_table local_secondary_index.non_key_attributes": "the provider tells indexes apart by name alone",
	"aws_dynamodb_table local_secondary_index.projection_type":    "the provider tells indexes apart by name alone",
	"aws_dynamodb_table local_secondary_index.range_key":          "the provider tells indexes apart by name alone",
	"aws_dynamodb_table ttl.attribute_name":                       "measured without ttl.enabled",
	"aws_ecr_repository_creation_template lifecycle_policy":       "measured with documents that are no lifecycle policies",
	"aws_network_interface ipv6_address_list":                     "measured without ipv6_address_list_enabled",
	"aws_network_interface private_ip_list":                       "measured without private_ip_list_enabled",
}

func TestChangesReplaceExactlyWhereTheProviderWasMeasuredToReplace(t *testing.T) {
	byUpstream := map[string]*Resource{}
	for _, token := range Tokens() {
		r, _ := Lookup(token)
		byUpstream[r.Upstream] = r
	}
	checked := 0
	for _, m := range measurements(t) {
		r := byUpstream[m.upstream]
		if !assert.NotNil(t, r, m.upstream) || dependent(m) {
			continue
		}
		removal := strings.HasSuffix(m.path, ".<removed>")
		old, changed, ok := pairAt(r.Properties, strings.Split(strings.TrimSuffix(m.path, ".<removed>"), "."), removal)
		if !ok { // an argument the SDK does not carry, such as a write-only one
			continue
		}
		checked++
		diff := r.Diff(old, old, changed, nil)
		switch m.effect {
		case "replace":
			assert.True(t, diff.Replaces(), "%s %s: replaces, got %v", m.upstream, m.path, diff.Changes)
		case "update":
			assert.False(t, diff.Replaces(), "%s %s: updates in place, got %v", m.upstream, m.path, diff.Changes)
		case "ignore":
			if _, known := unfollowed[m.upstream+" "+m.path]; known {
				assert.NotEmpty(t, diff.Changes, "%s %s: is followed now, take it off the list", m.upstream, m.path)
				continue
			}
			assert.Empty(t, diff.Changes, "%s %s: no change", m.upstream, m.path)
		}
	}
	assert.Greater(t, checked, 1000)
}

func dependent(m measured) bool {
	for prefix := range depends {
		if strings.HasPrefix(m.upstream+" "+m.path, prefix) {
			return true
		}
	}
	return false
}

// pairAt makes two property maps that differ at an upstream path: in its value,
// or in its being there at all.
func pairAt(fields map[string]*Property, path []string, removal bool) (old, changed resource.PropertyMap, ok bool) {
	for name, p := range fields {
		if upstreamName(name, p) != path[0] || !p.Input() {
			continue
		}
		key := resource.PropertyKey(name)
		if len(path) > 1 {
			inner := p
			for inner.Element != nil {
				inner = inner.Element
			}
			a, b, ok := pairAt(inner.Fields, path[1:], removal)
			if !ok {
				return nil, nil, false
			}
			return resource.PropertyMap{key: wrapped(p, a)}, resource.PropertyMap{key: wrapped(p, b)}, true
		}
		before, after := sample(p, 1), sample(p, 2)
		if removal && p.Required { // removing it is refused, not a change
			return nil, nil, false
		}
		if removal {
			return resource.PropertyMap{key: before}, resource.PropertyMap{}, true
		}
		return resource.PropertyMap{key: before}, resource.PropertyMap{key: after}, true
	}
	return nil, nil, false
}

func upstreamName(name string, p *Property) string {
	if p.Upstream != "" {
		return p.Upstream
	}
	var out strings.Builder
	for _, r := range name {
		if r >= 'A' && r <= 'Z' {
			out.WriteByte('_')
			r += 'a' - 'A'
		}
		out.WriteRune(r)
	}
	return out.String()
}

// wrapped puts an object into the list or set its property is.
func wrapped(p *Property, object resource.PropertyMap) resource.PropertyValue {
	if p.Element != nil && p.Kind != Map {
		return resource.NewProperty([]resource.PropertyValue{wrapped(p.Element, object)})
	}
	return resource.NewProperty(object)
}

// sample makes one of two different values of a property.
func sample(p *Property, which int) resource.PropertyValue {
	switch p.Kind {
	case Bool:
		return resource.NewProperty(which == 1)
	case Int, Number:
		return resource.NewProperty(float64(which + 40))
	case List, Set:
		return resource.NewProperty([]resource.PropertyValue{sample(p.Element, which)})
	case Map:
		return resource.NewProperty(resource.PropertyMap{"key": sample(p.Element, which)})
	case Object:
		out := resource.PropertyMap{}
		for name, field := range p.Fields {
			if field.Input() && field.Kind != Object && field.Kind != List && field.Kind != Set {
				out[resource.PropertyKey(name)] = sample(field, which)
			}
		}
		return resource.NewProperty(out)
	}
	return resource.NewProperty([]string{"", "first", "second"}[which])
}
