// Package access describes what one component lets another one do.
//
// A [Grant] holds permission, network path and configuration in one value. It
// is passed into the constructor of the component that receives it (see
// service.Args.Uses), never attached afterwards: Pulumi registers a resource as
// soon as it is declared, so a permission given later races with the first task
// that needs it.
package access

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Grant is what one component lets another one do. Values come from verbs such
// as queue.Queue.Send and postgres.Cluster.Connect.
type Grant struct {
	// Key names the grant within its receiver, for example "jobs-send". It is
	// part of the logical names of the resources made from the grant: lower
	// case letters, digits and hyphens, unique per receiver.
	Key string
	// Allow lists the IAM statements for the receiver's role. Default: none.
	Allow []Statement
	// Start lists the IAM statements that ECS itself needs to start the receiver's
	// tasks, such as those to pull an image through a cache. They go to the
	// execution role and never to the one the containers act as; a receiver that
	// is no task has no use for them. Default: none.
	Start []Statement
	// Reach lists the ports the receiver opens a connection to. Default: none.
	Reach []Path
	// Env holds environment variables for the receiver. Default: none.
	Env map[string]pulumi.StringInput
	// Secrets holds environment variables whose values the container runtime
	// reads from Secrets Manager when a task starts; the values pass neither
	// through Pulumi nor through its state. Default: none.
	Secrets map[string]Secret
	// After lists what has to be there before the receiver's first task starts,
	// and before each later revision of it does: the migrations of a database, for
	// example. Default: none.
	After []pulumi.Resource
}

// Statement allows actions on resources.
type Statement struct {
	// Actions are complete IAM action names, for example "sqs:SendMessage".
	// Wildcards are refused.
	Actions []string
	// Resources are ARNs. The single resource "*" is allowed with a Reason
	// only, for actions that AWS does not scope.
	Resources []pulumi.StringInput
	// Conditions narrow the statement; all of them must hold. Default: none.
	Conditions []Condition
	// Reason says why Resources has to be "*". Default: none, "*" is refused.
	Reason string
}

// Condition is one IAM condition.
type Condition struct {
	Test   string // an IAM condition operator, for example "StringEquals"
	Key    string // a condition key, for example "kms:ViaService"
	Values []pulumi.StringInput
}

// Path is a port that the receiver of a grant connects to.
type Path struct {
	// Name tells the paths of a receiver apart. It becomes part of logical
	// names, so two grants that lead to one port should give the same name, for
	// example the name of the database. Default: the grant's key.
	Name string
	// SecurityGroupID is the group that guards the port.
	SecurityGroupID pulumi.StringInput
	// Port is the TCP port, 1 to 65535.
	Port int
}

// Secret is a Secrets Manager secret that is injected into a container.
type Secret struct {
	// ValueFrom is the secret's ARN, optionally followed by
	// ":json-key:version-stage:version-id", as ECS reads it.
	ValueFrom pulumi.StringInput
	// SecretARN is the ARN alone, for the IAM permission.
	SecretARN pulumi.StringInput
	// KeyARN is the KMS key the secret is encrypted with. Default: nil, the
	// account's aws/secretsmanager key, which needs no permission of its own.
	KeyARN pulumi.StringInput
	// Version tells the present value from the next, without being any part of
	// it. When it changes, the receiver's tasks are replaced by new ones, which
	// read the new value. Default: nil, a new value waits for the next deployment.
	Version pulumi.StringInput
}

var (
	keyPattern    = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	actionPattern = regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9]+$`)
	envPattern    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// Validate reports every problem of a set of grants that one receiver takes:
// malformed or repeated keys, wildcard actions, unexplained "*" resources,
// ports out of range, and an environment variable that two grants set to
// different values. The same value twice is fine: a service may both send to and
// consume a queue.
func Validate(grants []Grant) error {
	var problems []error
	keys := map[string]bool{}
	owner := map[string]Grant{}
	for _, g := range grants {
		if !keyPattern.MatchString(g.Key) {
			problems = append(problems, fmt.Errorf("grant key %q must start with a lower-case letter and hold lower-case letters, digits and hyphens", g.Key))
		}
		if keys[g.Key] {
			problems = append(problems, fmt.Errorf("grant %q is given twice; pass it once", g.Key))
		}
		keys[g.Key] = true
		problems = append(problems, g.problems()...)
		for _, name := range g.variables() {
			if first, taken := owner[name]; taken && first.Key != g.Key && !first.sets(name, g) {
				problems = append(problems, fmt.Errorf("grants %q and %q both set the environment variable %s; rename one of their resources", first.Key, g.Key, name))
			}
			owner[name] = g
		}
	}
	return errors.Join(problems...)
}

func (g Grant) problems() []error {
	var problems []error
	for _, s := range slices.Concat(g.Allow, g.Start) {
		if len(s.Actions) == 0 || len(s.Resources) == 0 {
			problems = append(problems, fmt.Errorf("grant %q has a statement without actions or without resources; name both", g.Key))
		}
		for _, a := range s.Actions {
			if !actionPattern.MatchString(a) {
				problems = append(problems, fmt.Errorf("grant %q allows %q, which is not one complete IAM action; name each action as service:Action", g.Key, a))
			}
		}
		for _, r := range s.Resources {
			if lit, ok := r.(pulumi.String); ok && lit == "*" && strings.TrimSpace(s.Reason) == "" {
				problems = append(problems, fmt.Errorf("grant %q allows %s on every resource; name the ARNs, or set Reason if AWS does not scope these actions", g.Key, strings.Join(s.Actions, ", ")))
			}
		}
	}
	for _, p := range g.Reach {
		if p.Port < 1 || p.Port > 65535 {
			problems = append(problems, fmt.Errorf("grant %q reaches port %d; a port is 1 to 65535", g.Key, p.Port))
		}
		if p.SecurityGroupID == nil {
			problems = append(problems, fmt.Errorf("grant %q reaches port %d of no security group; name the group that guards it", g.Key, p.Port))
		}
		if p.Name != "" && !keyPattern.MatchString(p.Name) {
			problems = append(problems, fmt.Errorf("grant %q names a path %q; a name is lower-case letters, digits and hyphens", g.Key, p.Name))
		}
	}
	for name, secret := range g.Secrets {
		if secret.ValueFrom == nil || secret.SecretARN == nil {
			problems = append(problems, fmt.Errorf("grant %q injects %s from no secret; set ValueFrom and SecretARN", g.Key, name))
		}
	}
	for _, name := range g.variables() {
		if !envPattern.MatchString(name) {
			problems = append(problems, fmt.Errorf("grant %q sets the environment variable %q; a name holds letters, digits and underscores and does not start with a digit", g.Key, name))
		}
	}
	return problems
}

// sets tells whether both grants give the variable the same value: the same
// output of the same resource, or an equal literal.
func (g Grant) sets(name string, other Grant) bool {
	mine, inEnv := g.Env[name]
	theirs, otherInEnv := other.Env[name]
	if inEnv != otherInEnv {
		return false
	}
	if inEnv {
		return same(mine, theirs)
	}
	a, b := g.Secrets[name], other.Secrets[name]
	return same(a.ValueFrom, b.ValueFrom) && same(a.SecretARN, b.SecretARN) && same(a.KeyARN, b.KeyARN)
}

func same(a, b pulumi.StringInput) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return reflect.TypeOf(a).Comparable() && reflect.TypeOf(b).Comparable() && a == b
}

func (g Grant) variables() []string {
	names := make([]string, 0, len(g.Env)+len(g.Secrets))
	for n := range g.Env {
		names = append(names, n)
	}
	for n := range g.Secrets {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

// EnvName turns a component name and a suffix into an environment variable
// name: EnvName("jobs", "QUEUE_URL") is "JOBS_QUEUE_URL".
func EnvName(name, suffix string) string {
	return strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(name)) + "_" + suffix
}
