package secret

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// Read lets a service fetch the value itself, as often as it likes, so that it
// follows a rotation without a restart. It sets <NAME>_SECRET_ARN and allows
// secretsmanager:DescribeSecret and secretsmanager:GetSecretValue on the secret,
// and kms:Decrypt on its key through Secrets Manager only.
func (s *Secret) Read() access.Grant {
	return access.Grant{
		Key: s.name + "-read",
		Allow: []access.Statement{{
			Actions:   []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"},
			Resources: []pulumi.StringInput{s.ARN},
		}, {
			Actions:   []string{"kms:Decrypt"},
			Resources: []pulumi.StringInput{s.key},
			Conditions: []access.Condition{{
				Test: "StringEquals", Key: "kms:ViaService",
				Values: []pulumi.StringInput{pulumi.String("secretsmanager." + s.account.Region + ".amazonaws.com")},
			}},
		}},
		Env: map[string]pulumi.StringInput{access.EnvName(s.name, "SECRET_ARN"): s.ARN},
	}
}

// Inject puts the value into environment variables of a container when it
// starts. It maps each variable to a key of the secret's JSON value; an empty key
// is the whole value. The container's own role gets no permission: ECS reads the
// value with the execution role of the task.
//
// A new value replaces the tasks that have the old one at the next `pulumi up`,
// as a deployment that is watched like any other. Tasks that start before then
// get it too. Whoever deploys needs secretsmanager:ListSecretVersionIds, which
// shows no value.
func (s *Secret) Inject(env map[string]string) access.Grant {
	g := access.Grant{Key: s.name + "-inject", Secrets: map[string]access.Secret{}}
	for variable, key := range env {
		from := s.ARN
		if key = strings.TrimSpace(key); key != "" {
			from = pulumi.Sprintf("%s:%s::", s.ARN, key)
		}
		g.Secrets[variable] = access.Secret{ValueFrom: from, SecretARN: s.ARN, KeyARN: s.key, Version: s.version()}
	}
	return g
}

// noVersion stands for a secret that has no value yet.
const noVersion = "none"

// current is the label of the version that is read when none is asked for.
const current = "AWSCURRENT"

// version is the id of the current version. It is looked up once for all that
// the value is injected into.
func (s *Secret) version() pulumi.StringOutput {
	s.lookup.Do(func() {
		found := secretsmanager.GetSecretVersionsOutput(s.ctx, secretsmanager.GetSecretVersionsOutputArgs{SecretId: s.ARN}, pulumi.Parent(s))
		s.current = output.Text(found.Versions(), func(versions []secretsmanager.GetSecretVersionsVersion) string {
			for _, v := range versions {
				if slices.Contains(v.VersionStages, current) {
					return v.VersionId
				}
			}
			return noVersion
		})
	})
	return s.current
}

// Value reads a key of the secret's JSON value while the program runs, for what
// AWS has to be told itself and cannot read from Secrets Manager, such as the
// client secret of a login at the load balancer. It is a secret in Pulumi's state
// and shown nowhere. The value has to be there: put it in after the secret was
// made and before what needs it; until then the error says how. Whoever deploys
// needs secretsmanager:ListSecretVersionIds, secretsmanager:GetSecretValue and
// kms:Decrypt for it.
func (s *Secret) Value(key string) pulumi.StringOutput {
	version := output.MapErr(s.version(), func(id string) (string, error) {
		if id == noVersion {
			return "", fmt.Errorf("secret %q has no value yet, and its key %q is needed now; put the value in with `tenfold secret put %s %s` and run `pulumi up` again", s.name, key, s.ctx.Stack(), s.name)
		}
		return id, nil
	})
	found := secretsmanager.LookupSecretVersionOutput(s.ctx, secretsmanager.LookupSecretVersionOutputArgs{SecretId: s.ARN, VersionId: version}, pulumi.Parent(s))
	return output.Secret(output.MapErr(output.Secret(found.SecretString()), func(value string) (string, error) {
		// The decoder's own error could quote the value.
		var held map[string]json.RawMessage
		var text string
		if json.Unmarshal([]byte(value), &held) != nil || json.Unmarshal(held[key], &text) != nil || text == "" {
			return "", fmt.Errorf("secret %q holds no text under the key %q; put its value in again", s.name, key)
		}
		return text, nil
	}))
}
