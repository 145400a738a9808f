package enginetest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// thing is a resource of any type, with the outputs others refer to.
type thing struct {
	pulumi.CustomResourceState
	ARN               pulumi.AnyOutput `pulumi:"arn"`
	Name              pulumi.AnyOutput `pulumi:"name"`
	DNSName           pulumi.AnyOutput `pulumi:"dnsName"`
	ZoneID            pulumi.AnyOutput `pulumi:"zoneId"`
	ResourceID        pulumi.AnyOutput `pulumi:"resourceId"`
	NetworkACL        pulumi.AnyOutput `pulumi:"defaultNetworkAclId"`
	RouteTable        pulumi.AnyOutput `pulumi:"defaultRouteTableId"`
	ValidationOptions pulumi.AnyOutput `pulumi:"domainValidationOptions"`
	MasterSecrets     pulumi.AnyOutput `pulumi:"masterUserSecrets"`
}

func (r *thing) output(property string) pulumi.Output {
	return map[string]pulumi.Output{"": r.ID(), "arn": r.ARN, "name": r.Name, "dnsName": r.DNSName, "zoneId": r.ZoneID, "resourceId": r.ResourceID,
		"defaultNetworkAclId": r.NetworkACL, "defaultRouteTableId": r.RouteTable, "domainValidationOptions": r.ValidationOptions, "masterUserSecrets": r.MasterSecrets}[property]
}

// fixture is the program of the file that has one resource of every type.
type fixture struct {
	t    *testing.T
	rows [][]any
	made map[string]*thing
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	content, err := os.ReadFile("../cloud/testdata/everything.yaml")
	require.NoError(t, err)
	f := &fixture{t: t}
	require.NoError(t, yaml.Unmarshal(content, &f.rows))
	return f
}

func (f *fixture) program(ctx *pulumi.Context) error {
	f.made = map[string]*thing{}
	var before []pulumi.Resource
	for _, row := range f.rows {
		token, name := row[0].(string), row[1].(string)
		r := &thing{}
		// In the order of the file, as some need what they do not refer to.
		if err := ctx.RegisterResource(token, name, f.input(row[2]).(pulumi.Map), r, pulumi.DependsOn(before)); err != nil {
			return err
		}
		f.made[name] = r
		before = []pulumi.Resource{r}
	}
	return nil
}

var placeholder = regexp.MustCompile(`\$\(([a-z0-9-]+)(?:\.([A-Za-z]+)([A-Za-z0-9.\[\]]*))?\)`)

func (f *fixture) input(value any) pulumi.Input {
	switch value := value.(type) {
	case map[string]any:
		object := pulumi.Map{}
		for key, element := range value {
			object[key] = f.input(element)
		}
		return object
	case []any:
		list := pulumi.Array{}
		for _, element := range value {
			list = append(list, f.input(element))
		}
		return list
	case string:
		return f.text(value)
	default:
		return pulumi.Any(value)
	}
}

// text replaces $(name.property) in a text by the outputs of what was made.
func (f *fixture) text(text string) pulumi.Input {
	matches := placeholder.FindAllStringSubmatch(text, -1)
	if len(matches) == 0 {
		return pulumi.String(text)
	}
	var outputs []any
	for _, match := range matches {
		outputs = append(outputs, f.made[match[1]].output(match[2]))
	}
	return pulumi.All(outputs...).ApplyT(func(values []any) (string, error) {
		expanded := text
		for index, match := range matches {
			found, err := descend(values[index], match[3])
			if err != nil {
				return "", fmt.Errorf("%s: %w", match[0], err)
			}
			expanded = strings.Replace(expanded, match[0], found, 1)
		}
		return expanded, nil
	})
}

// descend follows a path such as "[0].secretArn" into an output.
func descend(value any, path string) (string, error) {
	if id, ok := value.(pulumi.ID); ok {
		return string(id), nil
	}
	found := resource.NewPropertyValue(value)
	if path != "" {
		parsed, err := resource.ParsePropertyPath(path)
		if err != nil {
			return "", err
		}
		inner, ok := parsed.Get(found)
		if !ok {
			return "", fmt.Errorf("no %s in %v", path, value)
		}
		found = inner
	}
	return found.StringValue(), nil
}

func TestOneOfEveryTypeIsQuietOnTheSecondRunAndAfterARefresh(t *testing.T) {
	p := newProject(t)
	f := newFixture(t)
	first := p.up(f.program)
	require.NoError(t, first.err, first.output)
	assert.Len(t, first.steps, len(f.rows))

	second := p.up(f.program)
	require.NoError(t, second.err, second.output)
	assert.Empty(t, second.order, second.output)

	refreshed := p.refresh()
	require.NoError(t, refreshed.err, refreshed.output)
	third := p.up(f.program)
	require.NoError(t, third.err, third.output)
	assert.Empty(t, third.order)

	destroyed := p.destroy()
	require.NoError(t, destroyed.err, destroyed.output)
	assert.True(t, p.account().Empty(), "left: %v", p.account().List().Resources)
}
