package secret

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
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
func (s *Secret) Inject(env map[string]string) access.Grant {
	g := access.Grant{Key: s.name + "-inject", Secrets: map[string]access.Secret{}}
	for variable, key := range env {
		from := s.ARN
		if key = strings.TrimSpace(key); key != "" {
			from = pulumi.Sprintf("%s:%s::", s.ARN, key)
		}
		g.Secrets[variable] = access.Secret{ValueFrom: from, SecretARN: s.ARN, KeyARN: s.key}
	}
	return g
}
