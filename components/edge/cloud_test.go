package edge_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// cloud records a program in any region, with the provider of each resource,
// and answers what a CDN asks for.
type cloud struct {
	region string

	mu        sync.Mutex
	inventory componenttest.Inventory
	// providers are the names of the providers that were given, by type and name.
	providers map[string]string
}

func deploy(t *testing.T, region string, program func(*pulumi.Context) error) *cloud {
	t.Helper()
	c, err := attempt(region, program)
	require.NoError(t, err)
	return c
}

func attempt(region string, program func(*pulumi.Context) error) (*cloud, error) {
	c := &cloud{region: region, providers: map[string]string{}}
	err := pulumi.RunErr(program, pulumi.WithMocks(componenttest.Project, componenttest.Stack, c))
	slices.SortFunc(c.inventory.Resources, func(a, b componenttest.Resource) int {
		return strings.Compare(a.Type+" "+a.Name, b.Type+" "+b.Name)
	})
	return c, err
}

func (c *cloud) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	r := componenttest.Resource{Type: args.TypeToken, Name: args.Name, Custom: args.Custom, Inputs: args.Inputs}
	if rpc := args.RegisterRPC; rpc != nil {
		r.Parent, r.DependsOn, r.Protect = rpc.GetParent(), rpc.GetDependencies(), rpc.GetProtect()
	}
	chain := args.TypeToken
	if parent := resource.URN(r.Parent); r.Parent != "" && parent.QualifiedType() != resource.RootStackType {
		chain = string(parent.QualifiedType()) + "$" + chain
	}
	r.URN = fmt.Sprintf("urn:pulumi:%s::%s::%s::%s", componenttest.Stack, componenttest.Project, chain, args.Name)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inventory.Resources = append(c.inventory.Resources, r)
	// A provider is given as its URN, two colons and its id.
	if i := strings.LastIndex(args.Provider, "::"); i >= 0 {
		c.providers[args.TypeToken+" "+args.Name] = resource.URN(args.Provider[:i]).Name()
	}
	outputs := args.Inputs.Copy()
	str := resource.NewStringProperty
	outputs["arn"] = str("arn of " + args.TypeToken + " " + args.Name)
	for key, value := range map[resource.PropertyKey]string{
		"bucket": args.Name + "-bucket", "dnsName": args.Name + ".elb.amazonaws.com", "zoneId": "ZBALANCER", "fqdn": args.Name + ".",
		"domainName": args.Name + ".cloudfront.net", "hostedZoneId": "ZCLOUDFRONT", "versionId": "version of " + args.Name, "name": args.Name,
	} {
		if _, given := outputs[key]; !given {
			outputs[key] = str(value)
		}
	}
	if args.TypeToken == "aws:acm/certificate:Certificate" {
		outputs["domainValidationOptions"] = resource.NewArrayProperty([]resource.PropertyValue{resource.NewObjectProperty(resource.PropertyMap{
			"resourceRecordName": str("_0123.example.com."), "resourceRecordType": str("CNAME"), "resourceRecordValue": str("_4567.acm-validations.aws."),
		})})
	}
	return "id-of-" + args.Name, outputs, nil
}

func (c *cloud) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	str := resource.NewStringProperty
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return resource.PropertyMap{"accountId": str(componenttest.Account)}, nil
	case "aws:index/getRegion:getRegion":
		return resource.PropertyMap{"name": str(c.region)}, nil
	case "aws:index/getPartition:getPartition":
		return resource.PropertyMap{"partition": str("aws")}, nil
	case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
		return resource.PropertyMap{"id": str("pl of " + args.Args["name"].StringValue())}, nil
	}
	return nil, fmt.Errorf("the edge is not known to call %s", args.Token)
}

// names returns the names of the resources of a type, sorted.
func (c *cloud) names(token string) []string {
	var found []string
	for _, r := range c.inventory.ByType(token) {
		found = append(found, r.Name)
	}
	return found
}

// waitsFor tells whether a resource depends on another of the type and name.
func (c *cloud) waitsFor(t *testing.T, r componenttest.Resource, token, name string) bool {
	t.Helper()
	return slices.Contains(r.DependsOn, c.inventory.One(t, token, name).URN)
}
