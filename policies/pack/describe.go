package pack

import (
	"google.golang.org/protobuf/types/known/structpb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/exceptions"
	"github.com/tenfold-iac/tenfold/policies/rule"
)

const (
	// Name is the pack's name; diagnostics must carry the same one.
	Name = "tenfold"
	// Version is the pack's version. PulumiPolicy.yaml carries the same one.
	Version = "0.1.0"

	description = "Security and reliability rules for a SaaS on ECS Fargate, Aurora PostgreSQL, SQS and S3"
	framework   = "AWS Foundational Security Best Practices"
	reference   = "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html"
)

// describe builds the answer to GetAnalyzerInfo from the rules.
func describe(rules []*rule.Rule) *pulumirpc.AnalyzerInfo {
	info := &pulumirpc.AnalyzerInfo{
		Name: Name, DisplayName: "Tenfold", Version: Version, SupportsConfig: true,
		Description: description, Provider: "aws",
	}
	for _, r := range rules {
		info.Policies = append(info.Policies, describeRule(r))
	}
	info.Policies = append(info.Policies, housekeeping()...)
	return info
}

func describeRule(r *rule.Rule) *pulumirpc.PolicyInfo {
	info := &pulumirpc.PolicyInfo{
		Name: r.ID, DisplayName: r.Title, Description: r.Why, Message: r.Title,
		EnforcementLevel: wireLevel(r.Level), Severity: wireSeverity(r.Severity), PolicyType: wireScope(r.Scope),
		Tags: r.Also, RemediationSteps: r.Fix, ConfigSchema: schema(r.Params),
	}
	if r.FSBP != "" {
		info.Framework = &pulumirpc.PolicyComplianceFramework{
			Name: framework, Version: "1.0.0", Reference: reference, Specification: r.FSBP,
		}
	}
	return info
}

// housekeeping describes the pack's own policies.
func housekeeping() []*pulumirpc.PolicyInfo {
	policy := func(name, title, why string, schema *pulumirpc.PolicyConfigSchema) *pulumirpc.PolicyInfo {
		return &pulumirpc.PolicyInfo{
			Name: name, DisplayName: title, Description: why, Message: title, ConfigSchema: schema,
			EnforcementLevel: pulumirpc.EnforcementLevel_ADVISORY,
			PolicyType:       pulumirpc.PolicyType_POLICY_TYPE_STACK,
			Severity:         pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW,
		}
	}
	text := map[string]any{"type": "string"}
	entry := map[string]any{
		"type": "object",
		"properties": map[string]any{
			"rule": text, "urn": text, "owner": text,
			"reason":  map[string]any{"type": "string", "minLength": exceptions.ShortestReason},
			"expires": map[string]any{"type": "string", "pattern": `^\d{4}-\d{2}-\d{2}$`},
		},
		"required":             []any{"rule", "urn", "reason", "owner", "expires"},
		"additionalProperties": false,
	}
	return []*pulumirpc.PolicyInfo{
		policy(exceptionsPolicy, "Exceptions are current and needed",
			"Carries the list of exceptions; reports those in use, those no finding needs and those that are malformed.",
			properties(map[string]any{"list": map[string]any{"type": "array", "items": entry}})),
		policy(productionPolicy, "Which stacks count as production",
			"Carries the answer for rules that apply to production only; it never reports anything but malformed settings.",
			properties(map[string]any{
				"enabled": map[string]any{"type": "boolean"},
				"stacks":  map[string]any{"type": "array", "items": text},
			})),
		policy(waitingPolicy, "How many checks wait for values",
			"A preview cannot know every value; the checks it could not decide run again in the update.", nil),
		policy(brokenPolicy, "Rules that failed to run",
			"A rule that fails to run is a defect of the pack; the other rules are not affected.", nil),
	}
}

// schema describes a rule's parameters for policy config.
func schema(params []rule.Param) *pulumirpc.PolicyConfigSchema {
	if len(params) == 0 {
		return nil
	}
	described := map[string]any{}
	for _, p := range params {
		property := map[string]any{"type": p.Kind, "description": p.Doc}
		switch d := p.Default.(type) {
		case int:
			property["default"] = float64(d)
		case []string:
			property["items"] = map[string]any{"type": "string"}
			list := make([]any, len(d))
			for i, s := range d {
				list[i] = s
			}
			property["default"] = list
		}
		described[p.Name] = property
	}
	return properties(described)
}

// properties wraps JSON schemas of plain Go values, which structpb accepts by construction.
func properties(described map[string]any) *pulumirpc.PolicyConfigSchema {
	fields, err := structpb.NewStruct(described)
	if err != nil {
		return nil
	}
	return &pulumirpc.PolicyConfigSchema{Properties: fields}
}

func wireLevel(l rule.Level) pulumirpc.EnforcementLevel {
	switch l {
	case rule.Advisory:
		return pulumirpc.EnforcementLevel_ADVISORY
	case rule.Off:
		return pulumirpc.EnforcementLevel_DISABLED
	default:
		return pulumirpc.EnforcementLevel_MANDATORY
	}
}

func wireSeverity(s rule.Severity) pulumirpc.PolicySeverity {
	switch s {
	case rule.Low:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW
	case rule.Medium:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_MEDIUM
	case rule.High:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_HIGH
	default:
		return pulumirpc.PolicySeverity_POLICY_SEVERITY_CRITICAL
	}
}

func wireScope(s rule.Scope) pulumirpc.PolicyType {
	if s == rule.Stack {
		return pulumirpc.PolicyType_POLICY_TYPE_STACK
	}
	return pulumirpc.PolicyType_POLICY_TYPE_RESOURCE
}
