// Package iampolicy builds IAM policy documents from typed statements through
// one marshaller. It is the only place in components where policy JSON is made.
package iampolicy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// version is the current version of the IAM policy language.
const version = "2012-10-17"

// Statement is one statement of a policy document.
type Statement struct {
	// Sid names the statement: letters and digits. Default: none.
	Sid string
	// Deny turns the statement into an explicit deny. Default: allow.
	Deny bool
	// Principals says who the statement is about. Required in trust and
	// resource policies, absent in identity policies.
	Principals Principals
	// Actions are complete action names. "service:*" is allowed in a Deny, and
	// in a resource policy with a Reason.
	Actions []string
	// Resources are ARNs. Trust policies have none.
	Resources []pulumi.StringInput
	// Conditions must all hold. Default: none.
	Conditions []access.Condition
	// Reason says why an allow statement needs "service:*" or the resource
	// "*". In a key policy, whose "*" means the key itself, say so.
	Reason string
}

// Principals says who a statement is about. At most one kind is set.
type Principals struct {
	// Services are AWS service principals, for example "ecs-tasks.amazonaws.com".
	Services []string
	// AWS are account, role or user ARNs.
	AWS []pulumi.StringInput
	// Anyone is the principal "*". In an allow statement it needs Conditions.
	Anyone bool
}

// Identity renders an identity policy from the statements of grants.
func Identity(statements ...access.Statement) (pulumi.StringOutput, error) {
	converted := make([]Statement, 0, len(statements))
	for _, s := range statements {
		converted = append(converted, Statement{
			Actions: s.Actions, Resources: s.Resources, Conditions: s.Conditions, Reason: s.Reason,
		})
	}
	return JSON(converted...)
}

// Trust renders the trust policy of a role that the services may assume,
// narrowed by the conditions.
func Trust(conditions []access.Condition, services ...string) (pulumi.StringOutput, error) {
	return JSON(Statement{
		Principals: Principals{Services: services},
		Actions:    []string{"sts:AssumeRole"},
		Conditions: conditions,
	})
}

// DenyInsecureTransport refuses every request to the resources that does not
// use TLS.
func DenyInsecureTransport(service string, resources ...pulumi.StringInput) Statement {
	return Statement{
		Sid:        "DenyInsecureTransport",
		Deny:       true,
		Principals: Principals{Anyone: true},
		Actions:    []string{service + ":*"},
		Resources:  resources,
		Conditions: []access.Condition{{
			Test: "Bool", Key: "aws:SecureTransport", Values: []pulumi.StringInput{pulumi.String("false")},
		}},
	}
}

// JSON renders a policy document. It reports every statement that is not safe:
// an unexplained wildcard, an allow for anyone without a condition, a statement
// without actions.
func JSON(statements ...Statement) (pulumi.StringOutput, error) {
	var problems []error
	rendered := make([]any, 0, len(statements))
	for i, s := range statements {
		if err := s.validate(); err != nil {
			problems = append(problems, fmt.Errorf("statement %d: %w", i+1, err))
		}
		rendered = append(rendered, s.render())
	}
	if len(statements) == 0 {
		problems = append(problems, errors.New("a policy document needs at least one statement"))
	}
	if err := errors.Join(problems...); err != nil {
		return pulumi.StringOutput{}, err
	}
	return output.JSON(map[string]any{"Version": version, "Statement": rendered}), nil
}

func (s Statement) validate() error {
	var problems []error
	if len(s.Actions) == 0 {
		problems = append(problems, errors.New("names no action"))
	}
	explained := s.Deny || strings.TrimSpace(s.Reason) != ""
	for _, a := range s.Actions {
		service, action, ok := strings.Cut(a, ":")
		switch {
		case !ok || service == "" || service == "*" || action == "":
			problems = append(problems, fmt.Errorf("%q is not service:Action", a))
		case strings.Contains(action, "*") && !explained:
			problems = append(problems, fmt.Errorf("allows %q; name each action, or set Reason", a))
		}
	}
	for _, r := range s.Resources {
		if literal, ok := r.(pulumi.String); ok && literal == "*" && !explained {
			problems = append(problems, errors.New(`allows the resource "*"; name the ARNs, or set Reason`))
		}
	}
	if s.Principals.Anyone && !s.Deny && len(s.Conditions) == 0 {
		problems = append(problems, errors.New("allows anyone without a condition"))
	}
	return errors.Join(problems...)
}

func (s Statement) render() map[string]any {
	m := map[string]any{"Effect": "Allow", "Action": s.Actions}
	if s.Deny {
		m["Effect"] = "Deny"
	}
	if s.Sid != "" {
		m["Sid"] = s.Sid
	}
	switch p := s.Principals; {
	case p.Anyone:
		m["Principal"] = "*"
	case len(p.Services) > 0:
		m["Principal"] = map[string]any{"Service": p.Services}
	case len(p.AWS) > 0:
		m["Principal"] = map[string]any{"AWS": list(p.AWS)}
	}
	if len(s.Resources) > 0 {
		m["Resource"] = list(s.Resources)
	}
	if len(s.Conditions) > 0 {
		m["Condition"] = conditions(s.Conditions)
	}
	return m
}

func conditions(in []access.Condition) map[string]any {
	byTest := map[string]any{}
	for _, c := range in {
		keys, ok := byTest[c.Test].(map[string]any)
		if !ok {
			keys = map[string]any{}
			byTest[c.Test] = keys
		}
		keys[c.Key] = list(c.Values)
	}
	return byTest
}

func list(in []pulumi.StringInput) any {
	if len(in) == 1 {
		return in[0]
	}
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}
