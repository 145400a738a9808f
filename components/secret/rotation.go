package secret

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// defaultRotationDays is what AWS's Foundational Security Best Practices ask for.
const defaultRotationDays = 90

// rotation lets Secrets Manager call the function, for this secret only.
func (s *Secret) rotation(ctx *pulumi.Context, r Rotation) error {
	if r.FunctionARN == nil {
		return nil
	}
	if r.Days == 0 {
		r.Days = defaultRotationDays
	}
	may, err := lambda.NewPermission(ctx, s.name, &lambda.PermissionArgs{
		Action:        pulumi.String("lambda:InvokeFunction"),
		Function:      r.FunctionARN.ToStringOutput(),
		Principal:     pulumi.String("secretsmanager.amazonaws.com"),
		SourceArn:     s.ARN,
		SourceAccount: pulumi.String(s.account.ID),
	}, pulumi.Parent(s))
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewSecretRotation(ctx, s.name, &secretsmanager.SecretRotationArgs{
		SecretId:          s.ARN,
		RotationLambdaArn: r.FunctionARN.ToStringOutput(),
		RotateImmediately: pulumi.Bool(false), // the value is put in from outside, later
		RotationRules:     secretsmanager.SecretRotationRotationRulesArgs{AutomaticallyAfterDays: pulumi.Int(r.Days)},
	}, pulumi.Parent(s), pulumi.DependsOn([]pulumi.Resource{may}))
	return err
}
