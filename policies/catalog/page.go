package catalog

import (
	"fmt"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
)

const introduction = `# Policies

<!-- Generated from the rules: go test ./policies/catalog -update -->

The policy pack judges every preview and update before anything is changed:

    make build
    pulumi preview --policy-pack bin/policies

` + "`bin/policies --list`" + ` prints the rules, ` + "`bin/policies --explain RULE`" + ` one of them in full.

## What an answer means

A rule fails, passes, does not apply, or waits. It fails on a known bad value only. A value that is not known during a
preview makes the check wait; the last line of the run says how many do, and they are judged in the update. Rules about
the whole stack run after a preview's last resource, and in an update after the deployment, so a preview is the place to
stop what they find.

## Levels

Critical and high rules are mandatory: they stop the run. Medium rules are mandatory where Tenfold's own components
always satisfy them and advisory otherwise. Low rules are advisory or disabled. Where a rule departs from this, the
table below says why. Severities are those AWS Security Hub publishes, where it has the control.

Rules marked "production" apply to production stacks only. Policy config decides which those are if it says so; else the
stack tag ` + "`production`" + `, else the stack's configuration ` + "`<project>:production`" + `, each ` + "`true` or `false`" + `; else the stack's
name, which is ` + "`prod`, `production`, `prod-*` or `*-prod`" + `.

## Policy config

A JSON file, given with ` + "`--policy-pack-config`" + `, sets levels and parameters by rule:

    {
      "rds-backup-retention": {"days": 14},
      "alb-access-logs": "mandatory",
      "log-customer-key": "advisory",
      "production": {"stacks": ["live-*"]},
      "exceptions": {"list": [{
        "rule": "ecs-service-no-public-ip",
        "urn": "urn:pulumi:dev::*::web",
        "reason": "the dev network has no NAT gateway",
        "owner": "platform team",
        "expires": "2026-06-30"
      }]}
    }

` + "`production`" + ` takes ` + "`enabled`" + ` (true or false for every stack) or ` + "`stacks`" + ` (name patterns). A level for a rule the pack
does not know is ignored, so one file can serve two versions of the pack.

### Exceptions

An exception lets one rule's finding on some resources pass until a day. All fields are needed: the rule, a URN pattern
in which * stands for anything, a reason of at least 15 characters, an owner, and the last day, at most 180 days ahead.
A pattern may not cover every resource. Exceptions in use, with their number of findings, are listed at the end of each
run, and so are those no finding needs. After the last day the finding is back and says whose exception ended. An entry
with a mistake is reported and has no effect.

## Rules

`

// Page is docs/policies.md.
func Page(rules []*rule.Rule) string {
	var b strings.Builder
	b.WriteString(introduction)
	counts := map[rule.Level]int{}
	controls := map[string]bool{}
	for _, r := range rules {
		counts[r.Level]++
		if r.FSBP != "" {
			controls[r.FSBP] = true
		}
		for _, also := range r.Also {
			if id, ok := strings.CutPrefix(also, "AWS FSBP "); ok {
				controls[id] = true
			}
		}
	}
	fmt.Fprintf(&b, "%d rules: %d mandatory, %d advisory, %d disabled. Together they cover %d controls of AWS Foundational\n"+
		"Security Best Practices.\n\n", len(rules), counts[rule.Mandatory], counts[rule.Advisory], counts[rule.Off], len(controls))
	b.WriteString("| rule | requires | severity | level | scope | FSBP | like rules |\n|---|---|---|---|---|---|---|\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n",
			r.ID, cell(r.Title), r.Severity, level(r), r.Scope, r.FSBP, cell(strings.Join(r.Also, ", ")))
	}
	b.WriteString("\n## Why, and what to do\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "\n### %s\n\n%s. %s\n\nFix: %s\n", r.ID, r.Title, r.Why, r.Fix)
		if r.LevelReason != "" {
			fmt.Fprintf(&b, "\nLevel %s: %s\n", level(r), r.LevelReason)
		}
		for _, p := range r.Params {
			fmt.Fprintf(&b, "\nParameter `%s` (default %s): %s\n", p.Name, shown(p.Default), p.Doc)
		}
	}
	return b.String()
}

// shown prints a parameter's default.
func shown(v any) string {
	if list, ok := v.([]string); ok {
		if len(list) == 0 {
			return "none"
		}
		return strings.Join(list, ", ")
	}
	return fmt.Sprint(v)
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
