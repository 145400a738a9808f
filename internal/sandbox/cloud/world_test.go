package cloud

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

// world is a cloud with an account of its own, used as the provider uses it:
// inputs pass the schema first.
type world struct {
	t       *testing.T
	account *account.Account
	cloud   *Cloud
	region  string
	made    map[string]*thing
}

// thing is a resource as Pulumi's state remembers it.
type thing struct {
	*Result
	token, name string
	inputs      resource.PropertyMap
}

func (r *thing) text(property string) string { return textAt(r.State, property) }

func newWorld(t *testing.T) *world {
	t.Helper()
	now := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	a, err := account.Open(filepath.Join(t.TempDir(), "account"), account.Options{Seed: "test", Now: func() time.Time { return now }})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.Close()) })
	c, err := New(a)
	require.NoError(t, err)
	return &world{t: t, account: a, cloud: c, region: "eu-west-1", made: map[string]*thing{}}
}

func (w *world) request(token, name string) (*Request, *schema.Resource) {
	facts, ok := schema.Lookup(token)
	require.True(w.t, ok, token)
	urn := resource.URN("urn:pulumi:dev::tenfold::" + token + "::" + name)
	return &Request{Type: token, URN: urn, Region: w.region, Has: func(property resource.PropertyKey) (bool, bool) {
		found := facts.Properties[string(property)]
		return found != nil, found != nil && found.Computed
	}}, facts
}

func (w *world) inputs(facts *schema.Resource, name string, given map[string]any) resource.PropertyMap {
	w.t.Helper()
	news := resource.NewPropertyMapFromMap(w.expand(given).(map[string]any))
	for _, problem := range facts.Check(news) {
		assert.Fail(w.t, "the schema refuses the inputs", "%s %s: %s: %s", facts.Token, name, problem.Property, problem.Reason)
	}
	inputs, err := facts.Normalize(nil, news, name, []byte("seed"))
	require.NoError(w.t, err)
	return inputs
}

var placeholder = regexp.MustCompile(`\$\(([a-z0-9-]+)(?:\.([A-Za-z0-9.\[\]]+))?\)`)

// expand replaces $(name.property) by what was made.
func (w *world) expand(value any) any {
	switch value := value.(type) {
	case string:
		return placeholder.ReplaceAllStringFunc(value, func(found string) string {
			match := placeholder.FindStringSubmatch(found)
			r := w.made[match[1]]
			require.NotNil(w.t, r, "%s was not made", match[1])
			if match[2] == "" {
				return r.ID
			}
			return r.text(match[2])
		})
	case int:
		return float64(value)
	case []any:
		list := make([]any, len(value))
		for index, element := range value {
			list[index] = w.expand(element)
		}
		return list
	case map[string]any:
		object := map[string]any{}
		for key, element := range value {
			object[key] = w.expand(element)
		}
		return object
	}
	return value
}

func (w *world) try(token, name string, given map[string]any) (*thing, error) {
	w.t.Helper()
	request, facts := w.request(token, name)
	request.Inputs = w.inputs(facts, name, given)
	result, err := w.cloud.Create(request)
	if err != nil {
		return nil, err
	}
	r := &thing{Result: result, token: token, name: name, inputs: request.Inputs}
	w.made[name] = r
	return r, nil
}

func (w *world) create(token, name string, given map[string]any) *thing {
	w.t.Helper()
	r, err := w.try(token, name, given)
	require.NoError(w.t, err, "%s %s", token, name)
	return r
}

// refuses asserts that a create is refused with AWS's code and text.
func (w *world) refuses(text, token string, given map[string]any) {
	w.t.Helper()
	_, err := w.try(token, "refused", given)
	require.Error(w.t, err, "expected %s", text)
	assert.Contains(w.t, err.Error(), text)
}

func (w *world) update(name string, given map[string]any) error {
	w.t.Helper()
	before := w.made[name]
	request, facts := w.request(before.token, name)
	request.ID, request.State, request.OldInputs = before.ID, before.State, before.inputs
	request.Inputs = w.inputs(facts, name, given)
	result, err := w.cloud.Update(request)
	if err == nil {
		w.made[name] = &thing{Result: result, token: before.token, name: name, inputs: request.Inputs}
	}
	return err
}

func (w *world) remove(name string) error {
	w.t.Helper()
	r := w.made[name]
	request, _ := w.request(r.token, name)
	request.ID, request.State = r.ID, r.State
	return w.cloud.Delete(request)
}

// keeps asserts that a delete is refused with AWS's code and text.
func (w *world) keeps(text, name string) {
	w.t.Helper()
	err := w.remove(name)
	require.Error(w.t, err, "expected %s", text)
	assert.Contains(w.t, err.Error(), text)
	assert.NotNil(w.t, w.read(name), "what AWS refuses to delete is still there")
}

func (w *world) read(name string) *Result {
	w.t.Helper()
	r := w.made[name]
	request, _ := w.request(r.token, name)
	request.ID, request.State = r.ID, r.State
	result, err := w.cloud.Read(request)
	require.NoError(w.t, err)
	return result
}

// network makes a VPC with two subnets and an internet gateway.
func (w *world) network() {
	w.t.Helper()
	w.create(vpcType, "vpc", map[string]any{"cidrBlock": "10.0.0.0/16"})
	for index, zone := range []string{"a", "b"} {
		w.create(subnetType, zone, map[string]any{"vpcId": "$(vpc)", "cidrBlock": fmt.Sprintf("10.0.%d.0/24", index), "availabilityZone": "eu-west-1" + zone})
	}
	w.create("aws:ec2/internetGateway:InternetGateway", "internet", map[string]any{"vpcId": "$(vpc)"})
}

// role makes a role that services may assume.
func (w *world) role(name string, services ...string) {
	w.t.Helper()
	quoted := make([]string, 0, len(services))
	for _, service := range services {
		quoted = append(quoted, strconv.Quote(service))
	}
	w.create(roleType, name, map[string]any{"assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":[` + strings.Join(quoted, ",") + `]}}]}`})
}
