// Package secret is a container for a secret value. Pulumi makes the container
// and decides who may read it; the value is put in from outside and never passes
// through a program, a preview or the state.
package secret

import (
	"regexp"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// Args describes a secret. Description and KeyARN are required.
type Args struct {
	// Description says what the value is and who issues it: "Stripe API key and
	// webhook signing secret". At most 2048 characters. Required.
	Description string
	// KeyARN is the KMS key that encrypts the value. It can be changed in place
	// and never be dropped again: AWS would silently stay with the old key.
	// Required.
	KeyARN pulumi.StringInput
	// RecoveryDays is how long a deleted secret can be brought back: 7 to 30
	// days. Its name stays taken as long. Default: 30; a disposable secret is
	// deleted at once and its name is free.
	RecoveryDays int
	// Rotation has a function renew the value. Default: none; whoever issues the
	// value changes it, and the tag rotation says so.
	Rotation Rotation
	// Replicas are copies in other regions. Default: none.
	Replicas []Replica
	// Disposable allows the secret to be deleted with the stack. Default: false,
	// the secret is protected against deletion and stays in the account, under
	// its name, when it leaves the program.
	Disposable bool
}

// Rotation renews a value on a schedule.
type Rotation struct {
	// FunctionARN is the Lambda function that follows the four steps Secrets
	// Manager calls: create, set, test, finish. Default: nil, no rotation.
	FunctionARN pulumi.StringInput
	// Days is the time between rotations: 1 to 365. Default: 90.
	Days int
}

// Replica is a copy of a secret in another region. AWS keeps it in step.
type Replica struct {
	// Region is the other region, for example "us-west-2".
	Region string
	// KeyARN is a KMS key of that region.
	KeyARN pulumi.StringInput
}

// Secret is a secret without its value.
type Secret struct {
	pulumi.ResourceState

	// Name is the name in Secrets Manager, known while the program runs. It is
	// what `tenfold secret put` and the AWS CLI take.
	Name string
	// ARN is the secret's ARN, with the six characters AWS adds.
	ARN pulumi.StringOutput `pulumi:"arn"`

	ctx     *pulumi.Context
	name    string
	key     pulumi.StringInput
	account account.Account
	lookup  sync.Once
	current pulumi.StringOutput
}

// New makes a secret.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Secret, error) {
	physical, err := args.check(ctx, name)
	if err != nil {
		return nil, err
	}
	s := &Secret{ctx: ctx, Name: physical, name: name, key: args.KeyARN}
	if err := ctx.RegisterComponentResource("tenfold:secret:Secret", name, s, opts...); err != nil {
		return nil, err
	}
	if s.account, err = account.Current(ctx, s); err != nil {
		return nil, err
	}
	if err := s.container(ctx, args); err != nil {
		return nil, err
	}
	if err := s.policy(ctx, args); err != nil {
		return nil, err
	}
	if err := s.rotation(ctx, args.Rotation); err != nil {
		return nil, err
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{"arn": s.ARN, "name": pulumi.String(s.Name)})
}

func (s *Secret) container(ctx *pulumi.Context, args Args) error {
	var replicas secretsmanager.SecretReplicaArray
	for _, r := range args.Replicas {
		replicas = append(replicas, secretsmanager.SecretReplicaArgs{
			Region: pulumi.String(r.Region), KmsKeyId: r.KeyARN.ToStringOutput(),
		})
	}
	made := &secretsmanager.SecretArgs{
		Name:                 pulumi.String(s.Name),
		Description:          pulumi.String(args.Description),
		KmsKeyId:             args.KeyARN.ToStringOutput(),
		RecoveryWindowInDays: pulumi.Int(args.recovery()),
	}
	if args.Rotation.FunctionARN == nil {
		made.Tags = pulumi.StringMap{"rotation": pulumi.String("external")}
	}
	if len(replicas) > 0 {
		made.Replicas = replicas
	}
	container, err := secretsmanager.NewSecret(ctx, s.name, made, s.options(args)...)
	if err != nil {
		return err
	}
	s.ARN = container.Arn
	return nil
}

// policy keeps everyone outside the account out, whatever their own policies
// say. AWS services that act for the account, such as rotation, have no account
// of their own and are let through.
func (s *Secret) policy(ctx *pulumi.Context, args Args) error {
	document, err := iampolicy.JSON(iampolicy.Statement{
		Sid:        "DenyOtherAccounts",
		Deny:       true,
		Principals: iampolicy.Principals{Anyone: true},
		Actions:    []string{"secretsmanager:*"},
		Resources:  []pulumi.StringInput{pulumi.String("*")},
		Conditions: []access.Condition{
			{Test: "StringNotEquals", Key: "aws:PrincipalAccount", Values: []pulumi.StringInput{pulumi.String(s.account.ID)}},
			{Test: "Bool", Key: "aws:PrincipalIsAWSService", Values: []pulumi.StringInput{pulumi.String("false")}},
		},
	})
	if err != nil {
		return err
	}
	_, err = secretsmanager.NewSecretPolicy(ctx, s.name, &secretsmanager.SecretPolicyArgs{
		SecretArn: s.ARN, Policy: document, BlockPublicPolicy: pulumi.Bool(true),
	}, s.options(args)...)
	return err
}

func (s *Secret) options(a Args) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		pulumi.Parent(s), pulumi.Protect(!a.Disposable), pulumi.RetainOnDelete(!a.Disposable),
	}
}

func (a Args) recovery() int {
	if a.RecoveryDays == 0 && !a.Disposable {
		return 30
	}
	return a.RecoveryDays
}

var tail = regexp.MustCompile(`-([A-Za-z0-9]{6})$`)

// withoutTail keeps a name from ending in a hyphen and six characters, which is
// what AWS itself adds to the ARN: with such a name, an ARN without AWS's
// addition can be taken for another secret's. An underscore cannot clash with
// another component's name, which has none.
func withoutTail(name string) string { return tail.ReplaceAllString(name, "_$1") }
