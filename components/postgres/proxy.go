package postgres

import (
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
	"github.com/tenfold-iac/tenfold/components/internal/output"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Proxy pools connections, so that many short-lived tasks share few of the
// database's. Services sign in at the proxy by IAM; the proxy signs in at the
// database with a password, which the secret holds. Session settings outlive a
// request in a pool: use the proxy with transaction-bound settings only.
type Proxy struct {
	// SecretARN is a secret with the JSON value {"username": "tenfold_app_login",
	// "password": "..."}. Default: nil, there is no proxy.
	SecretARN pulumi.StringInput
	// SecretKeyARN is the KMS key of the secret. Required with SecretARN.
	SecretKeyARN pulumi.StringInput
	// MaxConnectionsPercent is the share of the database's connections that the
	// proxy takes: 1 to 100. Default: 90.
	MaxConnectionsPercent int
	// BorrowTimeout is how long a request waits for a connection: 1 second to 1
	// hour. Default: 30 seconds.
	BorrowTimeout time.Duration
	// IdleTimeout is how long a client may do nothing: 1 minute to 8 hours.
	// Default: 30 minutes.
	IdleTimeout time.Duration
}

func (p Proxy) on() bool { return p.SecretARN != nil }

func (p Proxy) withDefaults() Proxy {
	if p.MaxConnectionsPercent == 0 {
		p.MaxConnectionsPercent = 90
	}
	if p.BorrowTimeout == 0 {
		p.BorrowTimeout = 30 * time.Second
	}
	if p.IdleTimeout == 0 {
		p.IdleTimeout = 30 * time.Minute
	}
	return p
}

func (p Proxy) check(l *problem.List) {
	l.Check((p.SecretARN == nil) == (p.SecretKeyARN == nil), "Proxy must have both SecretARN and SecretKeyARN, or neither")
	l.Check(p.MaxConnectionsPercent >= 1 && p.MaxConnectionsPercent <= 100, "Proxy.MaxConnectionsPercent must be 1 to 100, got %d", p.MaxConnectionsPercent)
	l.Check(p.BorrowTimeout >= time.Second && p.BorrowTimeout <= time.Hour && p.BorrowTimeout%time.Second == 0,
		"Proxy.BorrowTimeout must be 1s to 1h in whole seconds, got %s", p.BorrowTimeout)
	l.Check(p.IdleTimeout >= time.Minute && p.IdleTimeout <= 8*time.Hour && p.IdleTimeout%time.Second == 0,
		"Proxy.IdleTimeout must be 1m to 8h in whole seconds, got %s", p.IdleTimeout)
}

// proxy makes the proxy with its own group, so that services reach the proxy and
// only the proxy, and those that hold a direct grant, reach the database.
func (b *builder) proxy() error {
	if !b.args.Proxy.on() {
		return nil
	}
	group, err := b.proxyGroup()
	if err != nil {
		return err
	}
	role, may, err := b.proxyRole()
	if err != nil {
		return err
	}
	name := b.name + "-proxy"
	made, err := rds.NewProxy(b.ctx, name, &rds.ProxyArgs{
		Name:         pulumi.String(b.plan.proxy),
		EngineFamily: pulumi.String("POSTGRESQL"),
		RequireTls:   pulumi.Bool(true),
		Auths: rds.ProxyAuthArray{rds.ProxyAuthArgs{
			AuthScheme: pulumi.String("SECRETS"), IamAuth: pulumi.String("REQUIRED"), SecretArn: b.args.Proxy.SecretARN.ToStringOutput(),
			ClientPasswordAuthType: pulumi.String("POSTGRES_SCRAM_SHA_256"),
		}},
		RoleArn:             role.Arn,
		VpcSubnetIds:        b.args.SubnetIDs,
		VpcSecurityGroupIds: pulumi.StringArray{group},
		IdleClientTimeout:   pulumi.Int(int(b.args.Proxy.IdleTimeout / time.Second)),
	}, pulumi.Parent(b.c), pulumi.DependsOn([]pulumi.Resource{may}))
	if err != nil {
		return err
	}
	if err := b.proxyTarget(name, made); err != nil {
		return err
	}
	b.c.through = &door{name: b.name + "-proxy", host: made.Endpoint, group: group, resource: output.Map(made.Arn, lastPart)}
	return nil
}

// lastPart is the id in the ARN of a proxy, which permissions to sign in name.
func lastPart(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

func (b *builder) proxyTarget(name string, made *rds.Proxy) error {
	pool, err := rds.NewProxyDefaultTargetGroup(b.ctx, name, &rds.ProxyDefaultTargetGroupArgs{
		DbProxyName: made.Name,
		ConnectionPoolConfig: rds.ProxyDefaultTargetGroupConnectionPoolConfigArgs{
			ConnectionBorrowTimeout:   pulumi.Int(int(b.args.Proxy.BorrowTimeout / time.Second)),
			MaxConnectionsPercent:     pulumi.Int(b.args.Proxy.MaxConnectionsPercent),
			MaxIdleConnectionsPercent: pulumi.Int(b.args.Proxy.MaxConnectionsPercent / 2),
		},
	}, pulumi.Parent(b.c))
	if err != nil {
		return err
	}
	_, err = rds.NewProxyTarget(b.ctx, name, &rds.ProxyTargetArgs{
		DbProxyName: made.Name, TargetGroupName: pool.Name, DbClusterIdentifier: b.made.ClusterIdentifier,
	}, pulumi.Parent(b.c), pulumi.DependsOn(b.members))
	return err
}

func (b *builder) proxyGroup() (pulumi.StringOutput, error) {
	name := b.name + "-proxy"
	group, err := ec2.NewSecurityGroup(b.ctx, name, &ec2.SecurityGroupArgs{
		Description: pulumi.String("Proxy of the database " + b.name), VpcId: b.args.VPCID.ToStringOutput(),
	}, pulumi.Parent(b.c))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	id := group.ID().ToStringOutput()
	_, err = vpc.NewSecurityGroupEgressRule(b.ctx, name, &vpc.SecurityGroupEgressRuleArgs{
		Description: pulumi.String("To the database"), SecurityGroupId: id, ReferencedSecurityGroupId: b.c.SecurityGroupID,
		IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(Port), ToPort: pulumi.Int(Port),
	}, pulumi.Parent(b.c))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	_, err = vpc.NewSecurityGroupIngressRule(b.ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		Description: pulumi.String("From the proxy"), SecurityGroupId: b.c.SecurityGroupID, ReferencedSecurityGroupId: id,
		IpProtocol: pulumi.String("tcp"), FromPort: pulumi.Int(Port), ToPort: pulumi.Int(Port),
	}, pulumi.Parent(b.c))
	return id, err
}

// proxyRole lets the proxy read its one secret. AWS documents no source condition
// for the trust of this role; whoever sets up a proxy needs iam:PassRole on it.
func (b *builder) proxyRole() (*iam.Role, *iam.RolePolicy, error) {
	here, err := account.Current(b.ctx, b.c)
	if err != nil {
		return nil, nil, err
	}
	name := b.name + "-proxy"
	trust, err := iampolicy.Trust(nil, "rds.amazonaws.com")
	if err != nil {
		return nil, nil, err
	}
	role, err := iam.NewRole(b.ctx, name, &iam.RoleArgs{
		AssumeRolePolicy: trust, Description: pulumi.String("The proxy of the database " + b.name + " reads its secret"),
	}, pulumi.Parent(b.c))
	if err != nil {
		return nil, nil, err
	}
	document, err := iampolicy.Identity(access.Statement{
		Actions: []string{"secretsmanager:GetSecretValue"}, Resources: []pulumi.StringInput{b.args.Proxy.SecretARN},
	}, access.Statement{
		Actions: []string{"kms:Decrypt"}, Resources: []pulumi.StringInput{b.args.Proxy.SecretKeyARN},
		Conditions: []access.Condition{{
			Test: "StringEquals", Key: "kms:ViaService", Values: []pulumi.StringInput{pulumi.String("secretsmanager." + here.Region + ".amazonaws.com")},
		}},
	})
	if err != nil {
		return nil, nil, err
	}
	policy, err := iam.NewRolePolicy(b.ctx, name, &iam.RolePolicyArgs{Role: role.Name, Policy: document}, pulumi.Parent(b.c))
	return role, policy, err
}
