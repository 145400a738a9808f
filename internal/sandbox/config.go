package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
)

// CheckConfig refuses a region AWS does not have; everything else about the
// configuration is the engine's to keep.
func (p *provider) CheckConfig(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.CheckResponse{Inputs: request.GetNews()}
	region, given := news["region"]
	if p.pkg != "aws" || given && !region.IsString() {
		return response, nil
	}
	switch {
	case !given || region.StringValue() == "":
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: "region",
			Reason: "missing region information: set the region of the stack, as in `pulumi config set aws:region us-east-1`"})
	case !cloud.KnownRegion(region.StringValue()):
		response.Failures = append(response.Failures, &pulumirpc.CheckFailure{Property: "region",
			Reason: fmt.Sprintf("invalid AWS Region: %s", region.StringValue())})
	}
	return response, nil
}

// DiffConfig reports what changed. A changed region replaces the provider, and
// so what was made through it, as with the real one.
func (p *provider) DiffConfig(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := unmarshal(request.GetOldInputs())
	if err != nil {
		return nil, err
	}
	news, err := unmarshal(request.GetNews())
	if err != nil {
		return nil, err
	}
	response := &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE, HasDetailedDiff: true, DetailedDiff: map[string]*pulumirpc.PropertyDiff{}}
	diff := olds.Diff(news)
	if diff == nil {
		return response, nil
	}
	response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	for _, key := range diff.Keys() {
		if !diff.Changed(key) || key == "version" {
			continue
		}
		kind := pulumirpc.PropertyDiff_UPDATE
		if _, before := olds[key]; key == "region" && before {
			kind = pulumirpc.PropertyDiff_UPDATE_REPLACE
			response.Replaces = append(response.Replaces, string(key))
		}
		response.Diffs = append(response.Diffs, string(key))
		response.DetailedDiff[string(key)] = &pulumirpc.PropertyDiff{Kind: kind, InputDiff: true}
	}
	slices.Sort(response.Diffs)
	return response, nil
}

// Configure takes the settings of a provider instance.
func (p *provider) Configure(ctx context.Context, request *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	args, err := unmarshal(request.GetArgs())
	if err != nil {
		return nil, err
	}
	next := config{region: p.options.Region, defaultTags: map[string]string{}}
	if p.pkg == "aws" {
		if err := p.readAWS(args, stackOf(request.GetUrn()), &next); err != nil {
			return nil, err
		}
	}
	sessionOf(ctx).set(next)
	return &pulumirpc.ConfigureResponse{SupportsPreview: true}, nil
}

// stackOf is the stack of a provider, as people name it in a command.
func stackOf(provider string) string {
	if parsed, err := urn.Parse(provider); err == nil {
		return parsed.Stack().String()
	}
	return "STACK"
}

func (p *provider) readAWS(args resource.PropertyMap, stack string, next *config) error {
	if region, ok := args["region"]; ok && region.IsString() && region.StringValue() != "" {
		next.region = region.StringValue()
	}
	var allowed, forbidden []string
	var tags struct {
		Tags map[string]string `json:"tags"`
	}
	err := errors.Join(decode(args, "allowedAccountIds", &allowed), decode(args, "forbiddenAccountIds", &forbidden), decode(args, "defaultTags", &tags))
	if err != nil {
		return err
	}
	next.defaultTags = tags.Tags
	id := p.account.ID()
	switch {
	case slices.Contains(forbidden, id):
		return fmt.Errorf("AWS account ID not allowed: %s; aws:forbiddenAccountIds of stack %s holds it, take it out or name the stack's own account in aws:allowedAccountIds and run `tenfold sandbox reset %s`", id, stack, stack)
	case len(allowed) > 0 && !slices.Contains(allowed, id):
		return fmt.Errorf("AWS account ID not allowed: %s; %s", id, awsclient.OtherSandbox(id, allowed, stack))
	}
	return nil
}

// decode reads a setting, which arrives as JSON text or as a value.
func decode(args resource.PropertyMap, name resource.PropertyKey, into any) error {
	value, ok := args[name]
	if !ok || value.ContainsUnknowns() {
		return nil
	}
	text := []byte(nil)
	if value.IsString() {
		text = []byte(value.StringValue())
	} else {
		encoded, err := json.Marshal(value.Mappable())
		if err != nil {
			return fmt.Errorf("provider setting %s: %w", name, err)
		}
		text = encoded
	}
	if len(text) == 0 {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("provider setting %s cannot be read: %w", name, err)
	}
	return nil
}
