// Package pack serves the rules to the Pulumi engine: it speaks the analyzer protocol and owns the process's life.
//
// The engine starts the pack once for a preview and again for the update. It may never say which stack it works on
// (`pulumi policy analyze` does not), so the pack answers every call from its defaults until told otherwise.
package pack

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/types/known/emptypb"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/policies/rule"
)

// Server answers the engine's questions. Create it with NewServer.
type Server struct {
	pulumirpc.UnimplementedAnalyzerServer

	rules  []*rule.Rule
	byType map[string][]*rule.Rule
	info   *pulumirpc.AnalyzerInfo
	now    func() time.Time
	stop   func()

	settings atomic.Pointer[settings]
	log      runLog

	// The lists of rules that do not apply are the same for every resource of a type, so they are built once.
	mu            sync.Mutex
	notApplicable map[string][]*pulumirpc.PolicyNotApplicable
	noRemediation []*pulumirpc.PolicyNotApplicable
}

// NewServer returns a server for the rules. The clock decides which exceptions have expired, and stop is called when
// the engine asks the pack to end.
func NewServer(rules []*rule.Rule, now func() time.Time, stop func()) *Server {
	s := &Server{
		rules:         rules,
		byType:        map[string][]*rule.Rule{},
		info:          describe(rules),
		now:           now,
		stop:          stop,
		notApplicable: map[string][]*pulumirpc.PolicyNotApplicable{},
	}
	for _, r := range rules {
		if r.Scope == rule.Resource {
			s.noRemediation = append(s.noRemediation, absent(r.ID, "the pack changes nothing"))
			for _, t := range r.Types {
				s.byType[t] = append(s.byType[t], r)
			}
		}
	}
	s.settings.Store(defaults(rules, now()))
	return s
}

// Handshake answers the engine's first call.
func (s *Server) Handshake(
	context.Context, *pulumirpc.AnalyzerHandshakeRequest,
) (*pulumirpc.AnalyzerHandshakeResponse, error) {
	return &pulumirpc.AnalyzerHandshakeResponse{}, nil
}

// ConfigureStack learns the stack's name and whether it says of itself that it is production.
func (s *Server) ConfigureStack(
	_ context.Context, req *pulumirpc.AnalyzerStackConfigureRequest,
) (*pulumirpc.AnalyzerStackConfigureResponse, error) {
	s.settings.Store(s.settings.Load().named(req))
	return &pulumirpc.AnalyzerStackConfigureResponse{}, nil
}

// GetPluginInfo answers with the pack's version.
func (s *Server) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: Version}, nil
}

// GetAnalyzerInfo describes the rules.
func (s *Server) GetAnalyzerInfo(context.Context, *emptypb.Empty) (*pulumirpc.AnalyzerInfo, error) {
	return s.info, nil
}

// Configure applies policy config.
func (s *Server) Configure(_ context.Context, req *pulumirpc.ConfigureAnalyzerRequest) (*emptypb.Empty, error) {
	s.settings.Store(s.settings.Load().configured(req.GetPolicyConfig(), s.rules, s.now()))
	s.log.reset()
	return &emptypb.Empty{}, nil
}

// Remediate changes nothing, and says so for every rule: the engine would count a silent rule as passed.
func (s *Server) Remediate(context.Context, *pulumirpc.AnalyzeRequest) (*pulumirpc.RemediateResponse, error) {
	return &pulumirpc.RemediateResponse{NotApplicable: s.noRemediation}, nil
}

// Analyze judges one resource's inputs.
func (s *Server) Analyze(_ context.Context, req *pulumirpc.AnalyzeRequest) (*pulumirpc.AnalyzeResponse, error) {
	current := s.settings.Load()
	resource := resourceOf(req)
	s.log.saw(resource)
	answer := &pulumirpc.AnalyzeResponse{NotApplicable: s.otherRules(resource.Type)}
	report := reporter{settings: current, log: &s.log, response: answer}
	for _, r := range s.byType[resource.Type] {
		report.judge(r, resource, nil)
	}
	return answer, nil
}

// AnalyzeStack judges the links between the stack's resources, and closes the run with the pack's own notes.
func (s *Server) AnalyzeStack(
	_ context.Context, req *pulumirpc.AnalyzeStackRequest,
) (*pulumirpc.AnalyzeResponse, error) {
	current := s.settings.Load()
	stack, root := stackOf(req, s.log.inputs())
	answer := &pulumirpc.AnalyzeResponse{}
	report := reporter{settings: current, log: &s.log, response: answer}
	for _, r := range s.rules {
		if r.Scope != rule.Stack {
			continue
		}
		applied := false
		for _, resource := range stack.OfType(r.Types...) {
			applied = report.judge(r, resource, stack) || applied
		}
		if !applied && current.levels[r.ID] != rule.Off {
			answer.NotApplicable = append(answer.NotApplicable, absent(r.ID, "no resource it can judge"))
		}
	}
	report.notes(root)
	answer.NotApplicable = append(answer.NotApplicable, absent(productionPolicy, "it carries settings"))
	s.log.reset()
	return answer, nil
}

// Cancel ends the pack.
func (s *Server) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	s.stop()
	return &emptypb.Empty{}, nil
}

// otherRules lists the resource rules that do not read the type, with room for the caller to append its own.
func (s *Server) otherRules(resourceType string) []*pulumirpc.PolicyNotApplicable {
	s.mu.Lock()
	defer s.mu.Unlock()
	list, ok := s.notApplicable[resourceType]
	if !ok {
		for _, r := range s.rules {
			if r.Scope == rule.Resource && !slices.Contains(r.Types, resourceType) {
				list = append(list, absent(r.ID, "it reads other resource types"))
			}
		}
		s.notApplicable[resourceType] = list
	}
	return slices.Clip(list)
}

func absent(id, reason string) *pulumirpc.PolicyNotApplicable {
	return &pulumirpc.PolicyNotApplicable{PolicyName: id, Reason: reason}
}
