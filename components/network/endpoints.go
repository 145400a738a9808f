package network

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

var (
	// endpointPattern is the end of an AWS service's endpoint name, for example
	// "ecr.api".
	endpointPattern = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	// wholePattern is in the whole name of an endpoint or a host, and not in the end
	// of one: com.amazonaws.us-east-1.logs, logs.us-east-1.amazonaws.com.
	wholePattern = regexp.MustCompile(`amazonaws|^aws\.|(^|\.)[a-z]{2}(-[a-z]+)+-[0-9](\.|$)`)
)

// misnamed are names of services that AWS gives no endpoint, and the endpoints that
// are meant. There is no list of those that AWS has: it differs between regions, and
// a service that is missing in it could not be used until the next release. So AWS
// has the last word, when the endpoint is made.
var misnamed = map[string]string{
	"cloudwatch": "monitoring, or logs", "cloudwatch-logs": "logs", "cognito": "cognito-idp", "ecr": "ecr.api and ecr.dkr",
	"efs": "elasticfilesystem", "elb": "elasticloadbalancing", "eventbridge": "events", "parameter-store": "ssm",
	"secrets-manager": "secretsmanager", "ses": "email, or email-smtp", "step-functions": "states", "stepfunctions": "states",
}

// CheckEndpoint says what is wrong with a service that [Args.Endpoints] names, as
// far as it can be told without AWS.
func CheckEndpoint(service string) error {
	switch meant, wrong := misnamed[service]; {
	case !endpointPattern.MatchString(service) || wholePattern.MatchString(service):
		return fmt.Errorf("%q is not the end of an endpoint's name; write it as AWS does, for example ecr.api, logs or secretsmanager", service)
	case service == "s3" || service == "dynamodb":
		return fmt.Errorf("%s is reached through a gateway endpoint, free of charge, in every network; leave it out", service)
	case wrong:
		return fmt.Errorf("%q is not the name of an endpoint; write %s", service, meant)
	}
	return nil
}

func (a Args) checkEndpoints(l *problem.List) {
	for i, service := range a.Endpoints {
		if err := CheckEndpoint(service); err != nil {
			l.Addf("Endpoints: %w", err)
		}
		l.Check(!slices.Contains(a.Endpoints[:i], service), "Endpoints holds %s twice", service)
	}
}

// endpoints makes the gateway endpoints and the interface endpoints that were
// asked for.
func (b *builder) endpoints() error {
	var err error
	// Image layers, which ECR keeps in S3, no longer pass the NAT.
	b.s3, err = b.gatewayEndpoint("s3")
	if err != nil {
		return err
	}
	b.network.s3PrefixList = b.s3.PrefixListId
	_, err = b.gatewayEndpoint("dynamodb")
	if err != nil || len(b.args.Endpoints) == 0 {
		return err
	}
	group, err := b.endpointGroup()
	if err != nil {
		return err
	}
	for _, service := range b.args.Endpoints {
		name := b.name + "-" + strings.ReplaceAll(service, ".", "-")
		made, err := ec2.NewVpcEndpoint(b.ctx, name, &ec2.VpcEndpointArgs{
			VpcId:             b.main.ID(),
			ServiceName:       pulumi.String(b.endpointName(service)),
			VpcEndpointType:   pulumi.String("Interface"),
			SubnetIds:         b.network.AppSubnetIDs,
			SecurityGroupIds:  pulumi.StringArray{group.ID()},
			PrivateDnsEnabled: pulumi.Bool(true),
			Tags:              b.tags(name),
		}, b.children()...)
		if err != nil {
			return err
		}
		b.way(made)
	}
	return nil
}

// gatewayEndpoint adds a service to every route table. It is free of charge.
func (b *builder) gatewayEndpoint(service string) (*ec2.VpcEndpoint, error) {
	tables := pulumi.StringArray{b.publicTable.ID()}
	for _, t := range slices.Concat(b.appTables, b.dataTables) {
		tables = append(tables, t.ID())
	}
	name := b.name + "-" + service
	made, err := ec2.NewVpcEndpoint(b.ctx, name, &ec2.VpcEndpointArgs{
		VpcId:           b.main.ID(),
		ServiceName:     pulumi.String(b.endpointName(service)),
		VpcEndpointType: pulumi.String("Gateway"),
		RouteTableIds:   tables,
		Tags:            b.tags(name),
	}, b.children()...)
	b.way(made)
	return made, err
}

func (b *builder) endpointName(service string) string {
	return "com.amazonaws." + b.plan.region + "." + service
}

// endpointGroup admits HTTPS from the network. Who may do what is for IAM to say.
func (b *builder) endpointGroup() (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(b.ctx, b.name+"-endpoints", &ec2.SecurityGroupArgs{
		Description: pulumi.String("Interface endpoints"),
		VpcId:       b.main.ID().ToStringOutput(),
		Tags:        b.tags(b.name + "-endpoints"),
	}, b.children()...)
	if err != nil {
		return nil, err
	}
	admitted, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.name+"-endpoints", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: group.ID(),
		Description:     pulumi.String("The network"),
		CidrIpv4:        pulumi.String(b.plan.cidr.String()),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(443),
		ToPort:          pulumi.Int(443),
	}, b.children()...)
	b.way(admitted)
	return group, err
}
