package cache

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// Connect lets a service use the cache, signed in by IAM and over TLS. It opens
// the port, allows elasticache:Connect on the cache and its user, and sets
// <NAME>_HOST, <NAME>_PORT and <NAME>_USER. There is no password: the service
// signs a token that is good for 15 minutes.
func (c *Cache) Connect() access.Grant {
	return access.Grant{
		Key: c.name + "-connect",
		Allow: []access.Statement{{
			Actions: []string{"elasticache:Connect"}, Resources: []pulumi.StringInput{c.ARN, c.userARN},
		}},
		Reach: []access.Path{{SecurityGroupID: c.SecurityGroupID, Port: Port}},
		Env: map[string]pulumi.StringInput{
			access.EnvName(c.name, "HOST"): c.Endpoint,
			access.EnvName(c.name, "PORT"): pulumi.String(strconv.Itoa(Port)),
			access.EnvName(c.name, "USER"): pulumi.String(c.Name),
		},
	}
}
