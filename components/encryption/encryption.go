// Package encryption makes customer-managed KMS keys, one for each domain of
// data: a key that is lost or disabled then takes one domain with it, and access
// to one domain says nothing about the others.
//
// Stateful resources keep the key they were made with for life, so the key comes
// first and is the last thing to go: it is protected, it is left in the account
// when it is removed from the program, and AWS waits before it deletes one.
package encryption

import (
	"regexp"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Args describes a key. Only Purpose is required.
type Args struct {
	// Purpose says what the key encrypts, for people who read the list of keys:
	// "tenant data in Aurora". At most 8192 characters. Required.
	Purpose string
	// Services are the AWS service principals that use the key on their own
	// behalf, for example "events.amazonaws.com" for a bus that delivers into an
	// encrypted queue. Each is held to requests made for this account. Services
	// that act with the permissions of their caller, such as RDS, Secrets Manager
	// and SQS, need no entry. Default: none.
	Services []string
	// LogGroups lets CloudWatch Logs encrypt this account's log groups of the
	// region with the key. Default: false, log groups cannot use the key.
	LogGroups bool
	// RotationDays is how often AWS renews the key material: 90 to 2560 days.
	// What was encrypted before stays readable. Default: 365.
	RotationDays int
	// DeletionWindowDays is how long a deleted key can be brought back: 7 to 30
	// days. Default: 30.
	DeletionWindowDays int
	// Disposable allows the key to be deleted with the stack, for environments
	// whose data nobody misses. Default: false, the key is protected against
	// deletion and stays in the account when it leaves the program.
	Disposable bool
}

// Key is a KMS key with its alias.
type Key struct {
	pulumi.ResourceState

	// ARN is the key's ARN. It is the only way to refer to the key: a key id
	// where AWS reads back an ARN would replace the resource on every run.
	ARN pulumi.StringOutput `pulumi:"arn"`
}

// New makes a key.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Key, error) {
	args = args.withDefaults()
	alias, err := args.check(ctx, name)
	if err != nil {
		return nil, err
	}
	k := &Key{}
	if err := ctx.RegisterComponentResource("tenfold:encryption:Key", name, k, opts...); err != nil {
		return nil, err
	}
	here, err := account.Current(ctx, k)
	if err != nil {
		return nil, err
	}
	policy, err := keyPolicy(here, args)
	if err != nil {
		return nil, err
	}
	key, err := kms.NewKey(ctx, name, &kms.KeyArgs{
		Description:          pulumi.String(args.Purpose),
		Policy:               policy,
		EnableKeyRotation:    pulumi.Bool(true),
		RotationPeriodInDays: pulumi.Int(args.RotationDays),
		DeletionWindowInDays: pulumi.Int(args.DeletionWindowDays),
	}, args.options(k)...)
	if err != nil {
		return nil, err
	}
	_, err = kms.NewAlias(ctx, name, &kms.AliasArgs{
		Name:        pulumi.String(alias),
		TargetKeyId: key.Arn,
	}, args.options(k)...)
	if err != nil {
		return nil, err
	}
	k.ARN = key.Arn
	return k, ctx.RegisterResourceOutputs(k, pulumi.Map{"arn": k.ARN})
}

func (a Args) withDefaults() Args {
	if a.RotationDays == 0 {
		a.RotationDays = 365
	}
	if a.DeletionWindowDays == 0 {
		a.DeletionWindowDays = 30
	}
	return a
}

// options are the options of every child. The alias goes with the key, because a
// key that stays without its alias is hard to find again.
func (a Args) options(parent pulumi.Resource) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		pulumi.Parent(parent), pulumi.Protect(!a.Disposable), pulumi.RetainOnDelete(!a.Disposable),
	}
}

var servicePattern = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com(\.cn)?$`)

// check reports every problem and returns the name of the alias.
func (a Args) check(ctx *pulumi.Context, name string) (string, error) {
	p := problem.Of("encryption key", name)
	p.Add(naming.Component(name))
	p.Check(a.Purpose != "" && len(a.Purpose) <= 8192,
		"Purpose must be 1 to 8192 characters, got %d; say what the key encrypts", len(a.Purpose))
	p.Check(a.RotationDays >= 90 && a.RotationDays <= 2560,
		"RotationDays must be 90 to 2560, got %d; AWS rotates no more often than every 90 days", a.RotationDays)
	p.Check(a.DeletionWindowDays >= 7 && a.DeletionWindowDays <= 30,
		"DeletionWindowDays must be 7 to 30, got %d; leave it out for 30", a.DeletionWindowDays)
	seen := map[string]bool{}
	for _, s := range a.Services {
		switch {
		case !servicePattern.MatchString(s):
			p.Addf("Services must hold service principals, got %q; write it like events.amazonaws.com", s)
		case s == "logs.amazonaws.com":
			p.Addf("Services must not hold %q; set LogGroups, which ties it to this account's log groups", s)
		case seen[s]:
			p.Addf("Services must not repeat %q; name it once", s)
		}
		seen[s] = true
	}
	alias, err := naming.Path(ctx, naming.KeyAlias, name)
	p.Add(err)
	return "alias/" + alias, p.Err()
}
