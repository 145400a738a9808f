package postgres

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/output"
)

// Connect lets a service sign in at the writer as [ApplicationRole], by IAM and
// over TLS, through the proxy if there is one. It opens the port, allows
// rds-db:connect for that role, and sets <PREFIX>_HOST, <PREFIX>_PORT,
// <PREFIX>_NAME and <PREFIX>_USER. There is no password: the service asks IAM for
// a token that is good for 15 minutes.
func (c *Cluster) Connect() access.Grant {
	if c.through != nil {
		return c.signIn("connect", ApplicationRole, "HOST", *c.through)
	}
	return c.signIn("connect", ApplicationRole, "HOST", c.direct(c.Endpoint))
}

// ConnectReadOnly lets a service sign in at the readers as [ApplicationRole]. It
// opens the port, allows rds-db:connect for that role, and sets
// <PREFIX>_READER_HOST, <PREFIX>_PORT, <PREFIX>_NAME and <PREFIX>_USER. Readers
// refuse to write; without readers the address is the writer's, which does not.
func (c *Cluster) ConnectReadOnly() access.Grant {
	return c.signIn("read", ApplicationRole, "READER_HOST", c.direct(c.ReaderEndpoint))
}

var rolePattern = regexp.MustCompile(`^[a-z_][a-z0-9_]{0,62}$`)

// ConnectAs is [Cluster.Connect] for another role of the database, for example
// [MigratorRole], never through the proxy. It allows rds-db:connect for that role.
// The master user and the superuser are refused.
func (c *Cluster) ConnectAs(role string) (access.Grant, error) {
	switch {
	case !rolePattern.MatchString(role):
		return access.Grant{}, fmt.Errorf("postgres cluster %q: the role must be 1 to 63 lower-case letters, digits and underscores, not starting with a digit, got %q", c.name, role)
	case role == c.master || role == "postgres" || strings.HasPrefix(role, "rds"):
		return access.Grant{}, fmt.Errorf("postgres cluster %q: nothing connects as %q; make a role that can do what is needed and no more", c.name, role)
	case role == ApplicationRole:
		return c.Connect(), nil
	}
	return c.signIn("connect-"+strings.ReplaceAll(role, "_", "-"), role, "HOST", c.direct(c.Endpoint)), nil
}

// Administer lets a program act as the master user: it opens the port and allows
// secretsmanager:GetSecretValue for the secret RDS keeps the password in and
// kms:Decrypt with its key, through Secrets Manager alone. It is for what installs
// the guard and for nothing that serves users. It fails with Args.MasterPassword,
// which is in no secret.
func (c *Cluster) Administer() (access.Grant, error) {
	if !c.managed {
		return access.Grant{}, fmt.Errorf("postgres cluster %q: its master password is not in the hands of RDS; leave out MasterPassword", c.name)
	}
	return access.Grant{
		Key: c.name + "-administer",
		Allow: []access.Statement{
			{Actions: []string{"secretsmanager:GetSecretValue"}, Resources: []pulumi.StringInput{c.MasterSecretARN}},
			{
				Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{c.key},
				Conditions: []access.Condition{{
					Test: "StringEquals", Key: "kms:ViaService", Values: []pulumi.StringInput{output.Map(c.ARN, secretsManager)},
				}},
			},
		},
		Reach: []access.Path{{Name: c.name, SecurityGroupID: c.SecurityGroupID, Port: Port}},
	}, nil
}

// secretsManager turns the ARN of a cluster into the name by which KMS knows
// Secrets Manager of the same region.
func secretsManager(cluster string) string {
	parts := strings.SplitN(cluster, ":", 6)
	if len(parts) < 5 {
		return cluster
	}
	return "secretsmanager." + parts[3] + ".amazonaws.com"
}

func (c *Cluster) direct(host pulumi.StringOutput) door {
	return door{name: c.name, host: host, group: c.SecurityGroupID, resource: c.ResourceID}
}

func (c *Cluster) signIn(verb, role, variable string, at door) access.Grant {
	return access.Grant{
		Key: c.name + "-" + verb,
		Allow: []access.Statement{{
			Actions:   []string{"rds-db:connect"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:%s/%s", output.Map(c.ARN, dbusers), at.resource, role)},
		}},
		Reach: []access.Path{{Name: at.name, SecurityGroupID: at.group, Port: Port}},
		Env: map[string]pulumi.StringInput{
			c.prefix + "_" + variable: at.host,
			c.prefix + "_PORT":        pulumi.String(strconv.Itoa(Port)),
			c.prefix + "_NAME":        pulumi.String(c.DatabaseName),
			c.prefix + "_USER":        pulumi.String(role),
		},
	}
}

// dbusers turns the ARN of a cluster into the beginning of the ARNs of its
// database users: same partition, region and account.
func dbusers(cluster string) string {
	parts := strings.SplitN(cluster, ":", 6)
	if len(parts) < 5 {
		return cluster
	}
	return strings.Join([]string{parts[0], parts[1], "rds-db", parts[3], parts[4], "dbuser"}, ":")
}
