package awsclient

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/sts/types"
)

// Keys are access keys as the provider's configuration holds them.
type Keys struct{ Access, Secret, Token string }

// Role is a role that is assumed, as the provider's configuration describes it.
type Role struct {
	ARN        string `json:"roleArn"`
	ExternalID string `json:"externalId"`
	Session    string `json:"sessionName"`
	// Duration is between 15 minutes and 12 hours, such as 1h. Default: 15 minutes.
	Duration string `json:"duration"`
	// Policy is JSON that takes permissions away.
	Policy         string            `json:"policy"`
	PolicyARNs     []string          `json:"policyArns"`
	SourceIdentity string            `json:"sourceIdentity"`
	Tags           map[string]string `json:"tags"`
	TransitiveTags []string          `json:"transitiveTagKeys"`
}

// WebIdentity is a role that is assumed with a token of an identity provider.
type WebIdentity struct {
	ARN     string `json:"roleArn"`
	Session string `json:"sessionName"`
	// Duration is between 15 minutes and 12 hours, such as 1h. Default: 1 hour.
	Duration string `json:"duration"`
	// Policy is JSON that takes permissions away.
	Policy     string   `json:"policy"`
	PolicyARNs []string `json:"policyArns"`
	// TokenFile holds the token; it is read whenever credentials are.
	TokenFile string `json:"webIdentityTokenFile"`
	// Token is the token itself. Read refuses it.
	Token string `json:"webIdentityToken"`
}

func (r Role) provider(client *sts.Client) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(client, r.ARN, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID, o.Policy, o.SourceIdentity = given(r.ExternalID), given(r.Policy), given(r.SourceIdentity)
		o.RoleSessionName, o.Duration, o.PolicyARNs, o.TransitiveTagKeys = r.Session, span(r.Duration), policies(r.PolicyARNs), r.TransitiveTags
		for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
			o.Tags = append(o.Tags, types.Tag{Key: aws.String(key), Value: aws.String(r.Tags[key])})
		}
	})
}

func (w WebIdentity) provider(client *sts.Client, file string) aws.CredentialsProvider {
	return stscreds.NewWebIdentityRoleProvider(client, w.ARN, stscreds.IdentityTokenFile(file), func(o *stscreds.WebIdentityRoleOptions) {
		o.RoleSessionName, o.Duration, o.Policy, o.PolicyARNs = w.Session, span(w.Duration), given(w.Policy), policies(w.PolicyARNs)
	})
}

// given is a text that may be left out.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// span is a duration that Read has checked, 0 for none.
func span(text string) time.Duration {
	d, _ := time.ParseDuration(text)
	return d
}

func policies(arns []string) []types.PolicyDescriptorType {
	var list []types.PolicyDescriptorType
	for _, arn := range arns {
		list = append(list, types.PolicyDescriptorType{Arn: &arn})
	}
	return list
}
