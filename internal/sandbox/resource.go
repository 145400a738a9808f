package sandbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/api"
	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

// facts returns what is known of the type of a resource.
func (p *provider) facts(urn resource.URN) (*schema.Resource, error) {
	token := string(urn.Type())
	facts, ok := schema.Lookup(token)
	if ok && p.cloud.Knows(token) {
		return facts, nil
	}
	message := fmt.Sprintf("unknown resource type %s: the offline cloud does not know it", token)
	if nearest := schema.Nearest(token); nearest != "" && nearest != token {
		message += "; did you mean " + nearest + "?"
	}
	return nil, errors.New(message)
}

// Check fills in defaults and names, and lists everything the provider would
// refuse at preview.
func (p *provider) Check(ctx context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(request.GetUrn())
	facts, err := p.facts(urn)
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	inputs, err := facts.Normalize(olds, news, urn.Name(), request.GetRandomSeed())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{}
	for _, problem := range slices.Concat(facts.Check(news), facts.CheckDocuments(news), facts.CheckName(inputs)) {
		response.Failures = append(response.Failures, checkFailure(problem))
	}
	inputs = facts.WithTags(inputs, sessionOf(ctx).get().tags())
	markSecrets(facts, inputs)
	response.Inputs, err = marshal(inputs)
	return response, err
}

// checkFailure reports a problem at its property. The engine shows the value of
// a top-level property only, so a nested one is named in the text instead.
func checkFailure(problem schema.Problem) *pulumirpc.CheckFailure {
	if strings.ContainsAny(problem.Property, ".[") {
		return &pulumirpc.CheckFailure{Reason: problem.Property + ": " + problem.Reason}
	}
	return &pulumirpc.CheckFailure{Property: problem.Property, Reason: problem.Reason}
}

// Diff says what a change of inputs does to a resource.
func (p *provider) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	facts, err := p.facts(resource.URN(request.GetUrn()))
	if err != nil {
		return nil, err
	}
	oldInputs, err := unmarshal(request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	return diffResponse(facts.Diff(oldInputs, olds, news, request.GetIgnoreChanges())), nil
}

// Create makes a resource, or at preview says what it would be.
func (p *provider) Create(ctx context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	urn := resource.URN(request.GetUrn())
	facts, err := p.facts(urn)
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		properties, err := marshal(planned(facts, nil, nil, inputs))
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	fault, err := p.strike(ctx, urn, account.OnCreate, nil)
	if err != nil {
		return nil, err
	}
	result, err := p.cloud.Create(p.request(ctx, urn, facts, &cloud.Request{Inputs: inputs, Timeout: timeout(request.GetTimeout())}))
	if err != nil {
		return nil, p.failed(urn, account.OnCreate, err)
	}
	p.log.printf("created %s %s: %s", urn.Type(), urn.Name(), result.ID)
	if urn.Type() == account.ServiceType {
		if err := p.deploy(fault, inputs, nil, result); err != nil {
			return nil, err
		}
	}
	markSecrets(facts, result.State)
	properties, err := marshal(result.State)
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CreateResponse{Id: result.ID, Properties: properties}
	if err := halfMade(fault, result, response); err != nil {
		return nil, err
	}
	return response, nil
}

// Update changes a resource in place, or at preview says what it would become.
func (p *provider) Update(ctx context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	urn := resource.URN(request.GetUrn())
	facts, err := p.facts(urn)
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	olds, err := unmarshal(request.GetOlds())
	if err != nil {
		return nil, err
	}
	oldInputs, err := unmarshal(request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		after := planned(facts, oldInputs, olds, news)
		p.forget(urn, oldInputs, news, after)
		properties, err := marshal(after)
		return &pulumirpc.UpdateResponse{Properties: properties}, err
	}
	deploys := urn.Type() == account.ServiceType && begins(facts.Diff(oldInputs, olds, news, nil))
	fault, err := p.strike(ctx, urn, account.OnUpdate, func(f account.Fault) bool { return deploys || !f.Rollback })
	if err != nil {
		return nil, err
	}
	asked := news.Copy()
	if fault != nil && fault.Rollback && fault.Later == 0 {
		api.GoBack(news, olds)
	}
	result, err := p.cloud.Update(p.request(ctx, urn, facts, &cloud.Request{ID: request.GetId(), Inputs: news, OldInputs: oldInputs, State: olds, Timeout: timeout(request.GetTimeout())}))
	if err != nil {
		return nil, p.failed(urn, account.OnUpdate, err)
	}
	if deploys {
		if err := p.deploy(fault, asked, olds, result); err != nil {
			return nil, err
		}
	}
	p.log.printf("updated %s %s: %s", urn.Type(), urn.Name(), result.ID)
	markSecrets(facts, result.State)
	properties, err := marshal(result.State)
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// Read returns a resource as it is in the account, for refresh and import.
func (p *provider) Read(ctx context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	urn := resource.URN(request.GetUrn())
	facts, err := p.facts(urn)
	if err != nil {
		return nil, err
	}
	inputs, err := unmarshal(request.GetInputs())
	if err != nil {
		return nil, err
	}
	state, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	if _, err := p.strike(ctx, urn, account.OnRead, nil); err != nil {
		return nil, err
	}
	if urn.Type() == account.ServiceType {
		if err := p.api.Settle(false); err != nil {
			return nil, err
		}
	}
	result, err := p.cloud.Read(p.request(ctx, urn, facts, &cloud.Request{ID: request.GetId(), State: state}))
	if err != nil {
		return nil, err
	}
	if result == nil {
		return &pulumirpc.ReadResponse{}, nil
	}
	if len(state) > 0 {
		inputs = refreshedInputs(facts, inputs, result.State)
	} else {
		inputs = importedInputs(facts, result.State)
	}
	markSecrets(facts, inputs)
	markSecrets(facts, result.State)
	response := &pulumirpc.ReadResponse{Id: result.ID}
	if response.Inputs, err = marshal(inputs); err != nil {
		return nil, err
	}
	response.Properties, err = marshal(result.State)
	return response, err
}

// Delete deletes a resource.
func (p *provider) Delete(ctx context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	urn := resource.URN(request.GetUrn())
	facts, err := p.facts(urn)
	if err != nil {
		return nil, err
	}
	state, err := unmarshal(request.GetProperties())
	if err != nil {
		return nil, err
	}
	if _, err := p.strike(ctx, urn, account.OnDelete, nil); err != nil {
		return nil, err
	}
	if err := p.cloud.Delete(p.request(ctx, urn, facts, &cloud.Request{ID: request.GetId(), State: state, Timeout: timeout(request.GetTimeout())})); err != nil {
		return nil, p.failed(urn, account.OnDelete, err)
	}
	p.log.printf("deleted %s %s: %s", urn.Type(), urn.Name(), request.GetId())
	return &emptypb.Empty{}, nil
}

func timeout(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }

// request completes a request with what the session and the facts say.
func (p *provider) request(ctx context.Context, urn resource.URN, facts *schema.Resource, request *cloud.Request) *cloud.Request {
	request.Type, request.URN, request.Region = string(urn.Type()), urn, sessionOf(ctx).get().region
	request.Limits = func() []string {
		var reasons []string
		for _, problem := range facts.CheckAtCreate(request.Inputs) {
			reasons = append(reasons, problem.Property+": "+problem.Reason)
		}
		return reasons
	}
	request.Has = func(property resource.PropertyKey) (exists, computed bool) {
		found := facts.Properties[string(property)]
		return found != nil, found != nil && found.Computed
	}
	return request
}
