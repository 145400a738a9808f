package pack

import (
	"fmt"
	"runtime/debug"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// reporter turns the rules' answers about some resources into one response.
type reporter struct {
	settings *settings
	log      *runLog
	response *pulumirpc.AnalyzeResponse
}

// judge runs one rule on one resource and reports whether the rule had anything to say about it, good or bad.
func (r *reporter) judge(subject *rule.Rule, resource *graph.Resource, stack *graph.Stack) bool {
	level := r.settings.levels[subject.ID]
	if level == rule.Off {
		return false
	}
	// A stack rule does not apply only when it applies to no resource at all, which its caller works out.
	skip := func(reason string) bool {
		if stack == nil {
			r.response.NotApplicable = append(r.response.NotApplicable, absent(subject.ID, reason))
		}
		return false
	}
	if subject.Production && !r.settings.isProduction(resource) {
		return skip("the stack is not production")
	}
	check, err := run(subject, resource, stack, r.settings.params[subject.ID])
	if err != nil {
		r.log.broke(subject.ID, resource.URN, err)
		return skip("the rule failed to run")
	}
	switch check.Outcome() {
	case rule.NotApplicable:
		return skip(check.Skipped())
	case rule.Wait:
		r.log.wait(subject.ID, resource.URN)
		r.settings.book.Wait(subject.ID, resource.URN)
		return skip("it waits for values")
	case rule.Fail:
		current, expired := r.settings.book.Excuse(subject.ID, resource.URN)
		if current != nil {
			return skip("excepted: " + current.Reason)
		}
		text := message(subject, check)
		if expired != nil {
			text += "\nThe exception of " + expired.Owner + " for it ended on " + expired.Expires.Format("2006-01-02") + "."
		}
		r.add(subject.ID, subject.Why, text, resource.URN, level, wireSeverity(subject.Severity))
	}
	return true
}

// run keeps a rule that breaks from taking the pack, and with it the user's command, down.
func run(subject *rule.Rule, resource *graph.Resource, stack *graph.Stack, params value.Value) (c *rule.Check, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			// The panic's own text may quote a property, so only the place is passed on.
			err = fmt.Errorf("it broke at %s", place(debug.Stack()))
		}
	}()
	return subject.Run(resource, stack, params), nil
}

// place finds the innermost line of the pack's own code in a stack trace.
func place(stack []byte) string {
	lines := strings.Split(string(stack), "\n")
	for i, line := range lines {
		if strings.Contains(line, "/policies/rule") && strings.HasPrefix(line, "\t") && i > 0 {
			file, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			return file[strings.LastIndex(file, "/")+1:]
		}
	}
	return "an unknown place"
}

func (r *reporter) add(
	id, why, text, urn string, level rule.Level, severity pulumirpc.PolicySeverity,
) {
	r.response.Diagnostics = append(r.response.Diagnostics, &pulumirpc.AnalyzeDiagnostic{
		PolicyName: id, PolicyPackName: Name, PolicyPackVersion: Version,
		Description: why, Message: text, Urn: urn, EnforcementLevel: wireLevel(level), Severity: severity,
	})
}

// mostFindings is how many findings of one rule about one resource a message lists.
const mostFindings = 4

// message says what is wrong, how to mend it and which rules ask for it, in fewer than eight lines.
func message(subject *rule.Rule, check *rule.Check) string {
	findings := check.Findings()
	more := len(findings) - mostFindings
	if more > 0 {
		findings = findings[:mostFindings]
	}
	lines := append([]string(nil), findings...)
	if more > 0 {
		lines[len(lines)-1] += fmt.Sprintf(" (and %d more)", more)
	}
	lines = append(lines, "Fix: "+subject.Fix)
	var ids []string
	if subject.FSBP != "" {
		ids = append(ids, "AWS FSBP "+subject.FSBP)
	}
	ids = append(ids, subject.Also...)
	if len(ids) > 0 {
		lines = append(lines, "See: "+strings.Join(ids, ", "))
	}
	return strings.Join(lines, "\n")
}

// notes closes a run: how many checks wait, what the exceptions did, and rules that broke.
func (r *reporter) notes(root string) {
	note := func(policy string, lines []string) {
		if len(lines) == 0 || r.settings.levels[policy] == rule.Off {
			r.response.NotApplicable = append(r.response.NotApplicable, absent(policy, "nothing to report"))
			return
		}
		r.add(policy, "", strings.Join(lines, "\n"), root, r.settings.levels[policy],
			pulumirpc.PolicySeverity_POLICY_SEVERITY_LOW)
	}
	waits, broken := r.log.summary()
	note(waitingPolicy, waits)
	note(brokenPolicy, broken)
	var lines []string
	lines = append(lines, list("Not used, because malformed:", r.settings.problems)...)
	lines = append(lines, list("No finding needs them, remove them:", r.settings.book.Unused())...)
	lines = append(lines, list("In use, with the number of findings:", r.settings.book.Used())...)
	note(exceptionsPolicy, lines)
}

// list prints a heading and items on one line each, or nothing when there are no items.
func list(heading string, items []string) []string {
	if len(items) == 0 {
		return nil
	}
	lines := []string{heading}
	for _, item := range items {
		lines = append(lines, "  "+item)
	}
	return lines
}
