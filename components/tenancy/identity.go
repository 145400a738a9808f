package tenancy

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// interfaces are what Lambda does with the function's role to place the function
// in the VPC.
var interfaces = []string{
	"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
	"ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
}

// identity makes the function's role and its one policy.
func (b *builder) identity(f *function) error {
	trust, err := iampolicy.Trust(nil, "lambda.amazonaws.com")
	if err != nil {
		return err
	}
	f.role, err = iam.NewRole(b.ctx, f.name, &iam.RoleArgs{
		Description: pulumi.String("What a function of the tenant guard may do"), AssumeRolePolicy: trust,
	}, b.children()...)
	if err != nil {
		return err
	}
	document, err := iampolicy.JSON(b.statements(f)...)
	if err != nil {
		return err
	}
	policy, err := iam.NewRolePolicy(b.ctx, f.name, &iam.RolePolicyArgs{Role: f.role.Name, Policy: document}, b.children()...)
	f.before = append(f.before, policy)
	return err
}

func (b *builder) statements(f *function) []iampolicy.Statement {
	everything := []pulumi.StringInput{pulumi.String("*")}
	list := []iampolicy.Statement{
		{
			Sid: "WriteLog", Actions: []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []pulumi.StringInput{pulumi.Sprintf("%s:*", f.log.Arn)},
		},
		{
			Sid: "PlaceInVPC", Actions: interfaces, Resources: everything,
			Reason: "Lambda asks for these without naming an interface, and refuses a role that allows less",
		},
		{
			// Lambda needs the rights above; the code that it runs does not.
			Sid: "CodeCannot", Deny: true, Actions: interfaces, Resources: everything,
			Conditions: []access.Condition{{
				Test: "ArnEquals", Key: "lambda:SourceFunctionArn",
				Values: []pulumi.StringInput{pulumi.String(b.here.ARN("lambda", "function:"+f.physical))},
			}},
		},
	}
	for _, s := range b.plan.grants[f.what].Allow {
		list = append(list, iampolicy.Statement{Actions: s.Actions, Resources: s.Resources, Conditions: s.Conditions, Reason: s.Reason})
	}
	return list
}
