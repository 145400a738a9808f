// Package componenttest runs a component's constructor without a cloud and
// without an engine, and records what it registered.
//
// The recorder sees types, names, parents, inputs, protection and the other
// resource options. It does not see what only the engine decides: unknown
// values in a preview, replacements, order and state. Those are tested with the
// real engine over the offline cloud.
package componenttest

import (
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"
)

// Project and Stack are the names every recorded program runs under.
const (
	Project = "tenfold"
	Stack   = "test"
)

// Account and Region are what the recorded program believes it deploys to. The
// account is the one AWS uses in its documentation.
const (
	Account = "123456789012"
	Region  = "us-east-1"
)

// SecretVersion is the current version of every secret, and SecretValue its value.
const (
	SecretVersion = "planted-version-2"
	SecretValue   = `{"planted_key":"planted-value"}`
)

// Resource is one registration.
type Resource struct {
	Type   string // Pulumi type token
	Name   string // logical name
	URN    string
	Parent string // URN of the parent
	Custom bool   // false: a component

	Inputs       resource.PropertyMap
	Protect      bool
	Retain       bool // retainOnDelete
	IgnoreChange []string
	Aliases      []string
	DependsOn    []string // URNs
	// Hooks are the names of the resource hooks, with when they run: for example
	// "after update api-rollback".
	Hooks []string
	// ReplacementTrigger is the value whose change replaces the resource, as
	// text; empty for none.
	ReplacementTrigger string
	// UpdateTimeout is the custom timeout of updates, empty for the provider's.
	UpdateTimeout string
	DeleteFirst   bool // deleteBeforeReplace
}

// Inventory is what a program registered, in order of type and name.
type Inventory struct {
	Resources []Resource
}

// Option changes how a program runs.
type Option func(*settings)

type settings struct {
	project, stack string
	config         map[string]string
}

// WithStack runs the program under another stack name.
func WithStack(name string) Option { return func(s *settings) { s.stack = name } }

// WithConfig gives the program stack configuration: full keys, for example
// "tenfold:tier", and values as Pulumi passes them, JSON for structured ones.
func WithConfig(values map[string]string) Option { return func(s *settings) { s.config = values } }

// Run runs the program and returns its inventory. An error of the program fails
// the test.
func Run(t testing.TB, program func(*pulumi.Context) error, options ...Option) *Inventory {
	t.Helper()
	inventory, err := Record(program, options...)
	require.NoError(t, err)
	return inventory
}

// RunErr runs a program that has to fail, and returns its error and what it had
// registered until then.
func RunErr(t testing.TB, program func(*pulumi.Context) error, options ...Option) (*Inventory, error) {
	t.Helper()
	inventory, err := Record(program, options...)
	require.Error(t, err, "the program should have been refused")
	return inventory, err
}

// Record runs the program outside a test, for benchmarks and tools.
func Record(program func(*pulumi.Context) error, options ...Option) (*Inventory, error) {
	s := settings{project: Project, stack: Stack}
	for _, o := range options {
		o(&s)
	}
	r := &recorder{}
	err := pulumi.RunErr(program, pulumi.WithMocks(s.project, s.stack, r), func(info *pulumi.RunInfo) {
		info.Config = s.config
		info.Organization = "organization"
	})
	return r.inventory(), err
}

type recorder struct {
	mu        sync.Mutex
	resources []Resource
}

func (r *recorder) inventory() *Inventory {
	r.mu.Lock()
	defer r.mu.Unlock()
	sort.SliceStable(r.resources, func(i, j int) bool {
		a, b := r.resources[i], r.resources[j]
		if a.Type != b.Type {
			return a.Type < b.Type
		}
		return a.Name < b.Name
	})
	return &Inventory{Resources: r.resources}
}

// NewResource answers a registration the way the provider would, as far as a
// constructor can tell: an id, an ARN, a name, and the outputs that other
// resources commonly take.
func (r *recorder) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	rec := Resource{Type: args.TypeToken, Name: args.Name, Custom: args.Custom, Inputs: args.Inputs}
	if rpc := args.RegisterRPC; rpc != nil {
		rec.Parent = rpc.GetParent()
		rec.Protect = rpc.GetProtect()
		rec.Retain = rpc.GetRetainOnDelete()
		rec.IgnoreChange = rpc.GetIgnoreChanges()
		rec.Aliases = aliases(rpc)
		rec.DependsOn = rpc.GetDependencies()
		rec.Hooks = hooks(rpc.GetHooks())
		rec.ReplacementTrigger = rpc.GetReplacementTrigger().GetStringValue()
		rec.UpdateTimeout = rpc.GetCustomTimeouts().GetUpdate()
		rec.DeleteFirst = rpc.GetDeleteBeforeReplace()
	}
	rec.URN = urn(rec.Parent, rec.Type, rec.Name)
	r.mu.Lock()
	r.resources = append(r.resources, rec)
	r.mu.Unlock()
	id, outputs := answer(args)
	return id, outputs, nil
}

// hooks lists the hooks of a registration.
func hooks(binding *pulumirpc.RegisterResourceRequest_ResourceHooksBinding) []string {
	var list []string
	for _, at := range []struct {
		when  string
		names []string
	}{
		{"before create", binding.GetBeforeCreate()}, {"after create", binding.GetAfterCreate()},
		{"before update", binding.GetBeforeUpdate()}, {"after update", binding.GetAfterUpdate()},
		{"before delete", binding.GetBeforeDelete()}, {"after delete", binding.GetAfterDelete()},
		{"on error", binding.GetOnError()},
	} {
		for _, name := range at.names {
			list = append(list, at.when+" "+name)
		}
	}
	return list
}

// aliases are the aliases of a registration: the name where that is all there is,
// else the whole. Those that name another type only are the provider SDK's own, for
// types it has renamed.
func aliases(rpc *pulumirpc.RegisterResourceRequest) []string {
	list := rpc.GetAliasURNs()
	for _, a := range rpc.GetAliases() {
		s := a.GetSpec()
		more := s.GetType()+s.GetStack()+s.GetProject()+s.GetParentUrn() != ""
		switch {
		case s.GetName() != "" && !more:
			list = append(list, s.GetName())
		case s.GetType() == "" || s.GetName()+s.GetStack()+s.GetProject() != "":
			list = append(list, a.String())
		}
	}
	return list
}

// versions are those of a secret whose value was renewed once.
func versions() resource.PropertyValue {
	str := resource.NewStringProperty
	version := func(id, stage string) resource.PropertyValue {
		return resource.NewObjectProperty(resource.PropertyMap{
			"versionId": str(id), "versionStages": resource.NewArrayProperty([]resource.PropertyValue{str(stage)}),
			"createdTime": str("2026-01-01T00:00:00Z"), "lastAccessedDate": str(""),
		})
	}
	return resource.NewArrayProperty([]resource.PropertyValue{version("planted-version-1", "AWSPREVIOUS"), version(SecretVersion, "AWSCURRENT")})
}

// Call answers the provider functions components use.
func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	str := resource.NewStringProperty
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return resource.PropertyMap{"accountId": str(Account), "arn": str("arn:aws:iam::" + Account + ":root"), "id": str(Account), "userId": str(Account)}, nil
	case "aws:index/getRegion:getRegion":
		return resource.PropertyMap{"name": str(Region), "id": str(Region), "endpoint": str("ec2." + Region + ".amazonaws.com"), "description": str("US East (N. Virginia)")}, nil
	case "aws:index/getPartition:getPartition":
		return resource.PropertyMap{"partition": str("aws"), "dnsSuffix": str("amazonaws.com"), "id": str("aws"), "reverseDnsPrefix": str("com.amazonaws")}, nil
	case "aws:index/getAvailabilityZones:getAvailabilityZones":
		return zones(), nil
	case "aws:route53/getZone:getZone":
		out := args.Args.Copy()
		out["zoneId"], out["id"] = str("Z0123456789ABCDEFGHIJ"), str("Z0123456789ABCDEFGHIJ")
		return out, nil
	case "aws:ec2/getManagedPrefixList:getManagedPrefixList":
		out := args.Args.Copy()
		out["id"] = str("pl-0123456789abcdef0")
		return out, nil
	case "aws:cloudwatch/getLogGroups:getLogGroups":
		out := args.Args.Copy()
		out["logGroupNames"], out["arns"] = resource.NewArrayProperty(nil), resource.NewArrayProperty(nil)
		return out, nil
	case "aws:secretsmanager/getSecretVersions:getSecretVersions":
		out := args.Args.Copy()
		out["versions"] = versions()
		return out, nil
	case "aws:secretsmanager/getSecretVersion:getSecretVersion":
		out := args.Args.Copy()
		out["versionId"], out["secretString"] = str(SecretVersion), str(SecretValue)
		return out, nil
	case "aws:ssm/getParameter:getParameter":
		out := args.Args.Copy()
		out["type"], out["value"], out["insecureValue"] = str("String"), str("ami-0123456789abcdef0"), str("ami-0123456789abcdef0")
		return out, nil
	}
	return nil, fmt.Errorf("the recorder does not know the function %s; add its answer to components/componenttest", args.Token)
}

func zones() resource.PropertyMap {
	var names, ids []resource.PropertyValue
	for i, letter := range "abcdef" {
		names = append(names, resource.NewStringProperty(Region+string(letter)))
		ids = append(ids, resource.NewStringProperty(fmt.Sprintf("use1-az%d", i+1)))
	}
	return resource.PropertyMap{
		"names": resource.NewArrayProperty(names), "zoneIds": resource.NewArrayProperty(ids),
		"groupNames": resource.NewArrayProperty(nil), "id": resource.NewStringProperty(Region),
	}
}

func urn(parent, typ, name string) string {
	chain := ""
	if parent != "" {
		if p := resource.URN(parent); p.QualifiedType() != resource.RootStackType {
			chain = string(p.QualifiedType()) + "$"
		}
	}
	return fmt.Sprintf("urn:pulumi:%s::%s::%s%s::%s", Stack, Project, chain, typ, name)
}

func lastSegment(token string) string {
	return strings.ToLower(token[strings.LastIndex(token, ":")+1:])
}
