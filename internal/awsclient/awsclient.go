// Package awsclient has the AWS SDK act as the provider of a stack does: in its
// region, with its profile and in the role it assumes. What Tenfold does beside the
// provider, in hooks and commands, then reaches the same account. A role that the
// provider assumes with a web identity is not followed; in a pipeline, take the
// credentials from the environment.
package awsclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Target is the account and region that a stack lives in.
type Target struct {
	// Region is the stack's region.
	Region string
	// Profile of the shared AWS configuration. Default: that of the environment.
	Profile string
	// Role is assumed. Default: none.
	Role Role
	// AllowedAccounts are the account ids the stack may touch. Default: any.
	AllowedAccounts []string
}

// Role is a role that is assumed.
type Role struct {
	ARN        string `json:"roleArn"`
	ExternalID string `json:"externalId"`
	Session    string `json:"sessionName"`
}

// TargetOf reads the configuration of the provider. Get returns a value of the
// stack by its full key, structured ones as JSON, and nothing for one that is not
// set.
func TargetOf(get func(key string) string) (Target, error) {
	t := Target{Region: get("aws:region"), Profile: get("aws:profile")}
	var problems []error
	if text := get("aws:allowedAccountIds"); text != "" {
		accounts, err := accountIDs(text)
		problems, t.AllowedAccounts = append(problems, err), accounts
	}
	if text := get("aws:assumeRole"); text != "" {
		if err := json.Unmarshal([]byte(text), &t.Role); err != nil || t.Role.ARN == "" {
			problems = append(problems, errors.New(`aws:assumeRole is not a role; write {"roleArn": "arn:aws:iam::123456789012:role/deploy"}`))
		}
	}
	return t, errors.Join(problems...)
}

// accountIDs reads a list of ids, quoted or not.
func accountIDs(text string) ([]string, error) {
	var list []any
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, errors.New("aws:allowedAccountIds is not a list; write it like [\"123456789012\"]")
	}
	var ids []string
	for _, id := range list {
		switch id := id.(type) {
		case string:
			ids = append(ids, id)
		case float64:
			ids = append(ids, fmt.Sprintf("%012.0f", id))
		default:
			return nil, errors.New("aws:allowedAccountIds holds something other than account ids; write it like [\"123456789012\"]")
		}
	}
	return ids, nil
}

// Load makes the configuration of SDK clients. With AWS_ENDPOINT_URL in the
// environment, as an emulator wants it, its credentials are those of the
// environment too: the profile and the role are real ones.
func (t Target) Load(ctx context.Context) (aws.Config, error) {
	emulated := os.Getenv("AWS_ENDPOINT_URL") != ""
	options := []func(*config.LoadOptions) error{config.WithRegion(t.Region)}
	if t.Profile != "" && !emulated {
		options = append(options, config.WithSharedConfigProfile(t.Profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if t.Role.ARN == "" || emulated {
		return loaded, nil
	}
	loaded.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(loaded), t.Role.ARN, func(o *stscreds.AssumeRoleOptions) {
		if t.Role.ExternalID != "" {
			o.ExternalID = aws.String(t.Role.ExternalID)
		}
		if t.Role.Session != "" {
			o.RoleSessionName = t.Role.Session
		}
	}))
	return loaded, nil
}

// Identity is the part of STS that tells whose credentials are used.
type Identity interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Account finds out which account the credentials belong to, and refuses one that
// the stack must not touch.
func (t Target) Account(ctx context.Context, identity Identity) (string, error) {
	caller, err := identity.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("find out which AWS account the credentials belong to: %w", err)
	}
	account := aws.ToString(caller.Account)
	if len(t.AllowedAccounts) > 0 && !slices.Contains(t.AllowedAccounts, account) {
		return "", fmt.Errorf("the credentials belong to account %s, and the stack allows %s (aws:allowedAccountIds); use credentials of that account",
			account, strings.Join(t.AllowedAccounts, ", "))
	}
	return account, nil
}
