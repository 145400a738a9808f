package tenancy

import (
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/loggroup"
	"github.com/tenfold-iac/tenfold/components/postgres"
)

const (
	// seconds is how long a function may run, the most that Lambda allows.
	seconds = 900

	// memoryMiB also decides the share of a processor; the functions wait for the
	// database most of the time.
	memoryMiB = 256
)

// builder carries what the steps of New share.
type builder struct {
	ctx     *pulumi.Context
	name    string
	args    Args
	plan    plan
	tenancy *Tenancy

	here   account.Account
	way    *way // to Secrets Manager, nil for the way every task has
	made   map[string]*function
	failed *sqs.Queue
}

// function is one of the functions and what it needs before it can run.
type function struct {
	what, name, physical string

	log    *cloudwatch.LogGroup
	role   *iam.Role
	group  *ec2.SecurityGroup
	lambda *lambda.Function
	before []pulumi.Resource
}

func (b *builder) locate() (err error) {
	b.here, err = account.Current(b.ctx, b.tenancy)
	return err
}

// children are the options of a child resource. The caller's options go to the
// component only.
func (b *builder) children(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(b.tenancy)}, more...)
}

func (b *builder) functions() error {
	for _, what := range []string{bootstrap, migrate, audit} {
		f := &function{what: what, name: b.name + "-" + what, physical: b.plan.functions[what]}
		b.made[what] = f
		for _, step := range []func(*function) error{b.logGroup, b.identity, b.firewall, b.lambda} {
			if err := step(f); err != nil {
				return err
			}
		}
	}
	return nil
}

// logGroup comes before the function. Lambda would make it otherwise, and it
// would keep logs for ever.
func (b *builder) logGroup(f *function) (err error) {
	f.log, err = loggroup.New(b.ctx, f.name, b.tenancy, loggroup.Args{
		Name: "/aws/lambda/" + f.physical, Days: b.args.LogRetentionDays, KeyARN: b.args.LogKeyARN, Disposable: b.args.Disposable,
	})
	return err
}

func (b *builder) lambda(f *function) (err error) {
	args := &lambda.FunctionArgs{
		Name:          pulumi.String(f.physical),
		Description:   pulumi.String(map[string]string{bootstrap: "Installs the tenant guard", migrate: "Applies migrations", audit: "Checks that tenants are apart"}[f.what]),
		Code:          pulumi.NewFileArchive(b.plan.archive.path),
		Runtime:       pulumi.String("provided.al2023"),
		Handler:       pulumi.String(program),
		Architectures: pulumi.ToStringArray([]string{"arm64"}),
		Role:          f.role.Arn,
		Timeout:       pulumi.Int(seconds),
		MemorySize:    pulumi.Int(memoryMiB),
		Environment:   lambda.FunctionEnvironmentArgs{Variables: b.environment(f)},
		VpcConfig: lambda.FunctionVpcConfigArgs{
			SubnetIds: b.args.Network.SubnetIDs, SecurityGroupIds: pulumi.StringArray{f.group.ID()},
		},
	}
	if f.what != audit && !b.args.SharedConcurrency {
		args.ReservedConcurrentExecutions = pulumi.Int(1)
	}
	f.lambda, err = lambda.NewFunction(b.ctx, f.name, args, b.children(pulumi.DependsOn(append([]pulumi.Resource{f.log}, f.before...)))...)
	return err
}

// environment says where the database is. No secret is in it: the password of
// the master user is read when the function runs, and the others have none.
func (b *builder) environment(f *function) pulumi.StringMap {
	variables := pulumi.StringMap{
		"TENFOLD_DATABASE_ENDPOINT":       b.args.Database.Endpoint,
		"TENFOLD_DATABASE_NAME":           pulumi.String(b.args.Database.DatabaseName),
		"TENFOLD_DATABASE_MIGRATOR_LOGIN": pulumi.String(postgres.MigratorRole),
		"TENFOLD_DATABASE_APP_LOGIN":      pulumi.String(postgres.ApplicationRole),
	}
	if f.what == bootstrap {
		variables["TENFOLD_DATABASE_SECRET_ARN"] = b.args.Database.MasterSecretARN
		maps.Copy(variables, b.way.variables())
	}
	return variables
}
