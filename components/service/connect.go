package service

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// servedPort is the name of the port that other services reach.
const servedPort = "serve"

// checkConnect checks what the service serves and calls.
func (a Args) checkConnect(l *problem.List) {
	l.Check(!a.Serve || a.Port > 0, "Serve needs a Port; name where the container listens")
	if a.Cluster != nil && (a.Serve || len(a.Calls) > 0) {
		l.Check(a.Cluster.NamespaceARN != nil, "Serve and Calls need a cluster with Connect; set it on cluster %q", a.Cluster.Name)
	}
	seen := map[*Service]bool{}
	for i, other := range a.Calls {
		if other == nil {
			l.Addf("Calls holds no service at position %d; pass what service.New returned", i+1)
			continue
		}
		l.Check(!seen[other], "Calls holds service %q twice", other.name)
		seen[other] = true
		l.Check(other.serves, "Calls holds service %q, which serves nobody; set Serve on it", other.name)
		l.Check(other.cluster == a.Cluster, "Calls holds service %q of another cluster; services reach each other within one", other.name)
	}
}

// callGrants are the paths to the called services and their addresses. An address
// is made of the other service's ARN, which is known when that service runs: so
// the caller's task definition, and with it the caller, comes after it.
func (a Args) callGrants() []access.Grant {
	var grants []access.Grant
	for _, other := range a.Calls {
		if other == nil {
			continue
		}
		address := fmt.Sprintf("http://%s:%d", other.name, other.port)
		grants = append(grants, access.Grant{
			Key:   "call-" + other.name,
			Reach: []access.Path{{Name: other.name, SecurityGroupID: other.SecurityGroupID, Port: other.port}},
			Env: map[string]pulumi.StringInput{
				access.EnvName(other.name, "URL"): output.Map(other.ARN, func(string) string { return address }),
			},
		})
	}
	return grants
}

// connect is the service's part in Service Connect, nil when it has none.
func (b *builder) connect() *ecs.ServiceServiceConnectConfigurationArgs {
	a := b.args
	if !a.Serve && len(a.Calls) == 0 {
		return nil
	}
	configuration := &ecs.ServiceServiceConnectConfigurationArgs{
		Enabled:   pulumi.Bool(true),
		Namespace: a.Cluster.NamespaceARN.ToStringOutput(),
		LogConfiguration: ecs.ServiceServiceConnectConfigurationLogConfigurationArgs{
			LogDriver: pulumi.String("awslogs"),
			Options: pulumi.StringMap{
				"awslogs-group": b.made.LogGroup.Name, "awslogs-region": pulumi.String(b.made.Here.Region), "awslogs-stream-prefix": pulumi.String("connect"),
			},
		},
	}
	if a.Serve {
		configuration.Services = ecs.ServiceServiceConnectConfigurationServiceArray{ecs.ServiceServiceConnectConfigurationServiceArgs{
			PortName:      pulumi.String(servedPort),
			DiscoveryName: pulumi.String(b.name),
			ClientAlias: ecs.ServiceServiceConnectConfigurationServiceClientAliasArray{
				ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs{DnsName: pulumi.String(b.name), Port: pulumi.Int(a.Port)},
			},
			Timeout: ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs{PerRequestTimeoutSeconds: pulumi.Int(60)},
		}}
	}
	return configuration
}
