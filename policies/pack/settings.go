package pack

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/exceptions"
	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

// The pack's own policies. They carry its settings and report about the pack itself, not about resources.
const (
	exceptionsPolicy = "exceptions"
	productionPolicy = "production"
	waitingPolicy    = "waiting-values"
	brokenPolicy     = "broken-rules"
)

// productionStacks are the stack names that count as production unless policy config says otherwise.
var productionStacks = []string{"prod", "production", "prod-*", "*-prod"}

// productionTag is the stack tag that settles the question for stacks with other names.
const productionTag = "production"

// productionConfig is the key of the stack's own configuration that says so, below the project's name.
const productionConfig = ":production"

// settings is what policy config and the engine said about this run. It is replaced as a whole, never changed.
type settings struct {
	levels map[string]rule.Level
	params map[string]value.Value
	book   *exceptions.Book
	// problems are entries of policy config that could not be used.
	problems []string
	// production is policy config's answer; nil when it leaves the question to the stack's tag and name.
	production *bool
	stacks     []string
	stack      string
	// declared is what the stack itself says about production, "true" or "false": its tag, else its configuration.
	declared string
}

// defaults are the settings of a run that was never configured, which `pulumi policy analyze` is.
func defaults(rules []*rule.Rule, now time.Time) *settings {
	s := &settings{
		levels: map[string]rule.Level{
			exceptionsPolicy: rule.Advisory, productionPolicy: rule.Advisory,
			waitingPolicy: rule.Advisory, brokenPolicy: rule.Advisory,
		},
		params: map[string]value.Value{},
		book:   exceptions.NewBook(nil, now),
		stacks: productionStacks,
	}
	for _, r := range rules {
		s.levels[r.ID] = r.Level
	}
	return s
}

// configured returns the settings with the engine's policy config applied. Names the pack does not know are ignored:
// the engine adds some of its own, and a config file may be older than the pack.
func (s *settings) configured(config map[string]*pulumirpc.PolicyConfig, rules []*rule.Rule, now time.Time) *settings {
	next := defaults(rules, now)
	next.stack, next.declared = s.stack, s.declared
	for name := range next.levels {
		given, ok := config[name]
		if !ok {
			continue
		}
		next.levels[name] = level(given.GetEnforcementLevel())
		next.params[name] = value.Properties(given.GetProperties())
	}
	// "all" is meant for rules. It would turn the note about values that are not known yet into a failed preview.
	if all, ok := config["all"]; ok && level(all.GetEnforcementLevel()) == next.levels[waitingPolicy] {
		next.levels[waitingPolicy] = rule.Advisory
	}
	next.readProduction()
	next.readExceptions(rules, now)
	return next
}

func (s *settings) readProduction() {
	if on, state := s.params[productionPolicy].Get("enabled").Bool(); state == value.Known {
		s.production = &on
	}
	items, state := s.params[productionPolicy].Get("stacks").Items()
	if state != value.Known {
		return
	}
	s.stacks = nil
	for _, item := range items {
		pattern, _ := item.Text()
		if _, err := path.Match(pattern, ""); err != nil {
			s.problems = append(s.problems, fmt.Sprintf("production: stack pattern %q is malformed; use * and ? only", pattern))
			continue
		}
		s.stacks = append(s.stacks, pattern)
	}
}

func (s *settings) readExceptions(rules []*rule.Rule, now time.Time) {
	known := map[string]bool{}
	for _, r := range rules {
		known[r.ID] = true
	}
	list, err := exceptions.Parse(s.params[exceptionsPolicy].Get("list"), now, func(id string) bool { return known[id] })
	s.book = exceptions.NewBook(list, now)
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		for _, problem := range joined.Unwrap() {
			s.problems = append(s.problems, strings.ReplaceAll(problem.Error(), "\n", "; "))
		}
	}
}

// named returns the settings with what the engine said about the stack. Its configuration arrives in clear, secrets
// too; nothing but the one key is looked at.
func (s *settings) named(req *pulumirpc.AnalyzerStackConfigureRequest) *settings {
	next := *s
	next.stack = req.GetStack()
	next.declared = req.GetTags()[productionTag]
	if next.declared == "" {
		next.declared = req.GetConfig()[req.GetProject()+productionConfig]
	}
	return &next
}

// isProduction decides whether production rules apply. Policy config decides if it says so, then the stack's own tag
// or configuration, then its name, which the resource's URN carries when the engine has not named the stack.
func (s *settings) isProduction(r *graph.Resource) bool {
	if s.production != nil {
		return *s.production
	}
	switch s.declared {
	case "true":
		return true
	case "false":
		return false
	}
	name := s.stack
	if name == "" {
		name = r.StackName()
	}
	name = name[strings.LastIndex(name, "/")+1:]
	for _, pattern := range s.stacks {
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// level translates the engine's level. The pack repairs nothing, so "remediate" means the same as "mandatory", which
// is also how the engine treats a diagnostic from such a policy.
func level(l pulumirpc.EnforcementLevel) rule.Level {
	switch l {
	case pulumirpc.EnforcementLevel_ADVISORY:
		return rule.Advisory
	case pulumirpc.EnforcementLevel_DISABLED:
		return rule.Off
	default:
		return rule.Mandatory
	}
}
