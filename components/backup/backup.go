// Package backup keeps daily and monthly snapshots in a vault of their own, with
// a key of its own, locked against deletion, and optionally copied to another
// region.
//
// It is the second line behind the point-in-time recovery that Aurora has itself:
// it survives the deletion of the cluster, a lost key and a lost region. It takes
// snapshots only. AWS Backup's continuous mode would take over the backup window
// and retention of a cluster, and every preview would show them changed.
package backup

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/naming"
	"github.com/tenfold-iac/tenfold/components/internal/problem"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes what is backed up and for how long.
type Args struct {
	// Resources are the ARNs of what is backed up, for example of a cluster.
	// Required.
	Resources []pulumi.StringInput
	// KeyARN is the KMS key of the vault. It can never be changed. Required.
	KeyARN pulumi.StringInput
	// HourUTC is the hour of the day in which snapshots are taken: 0 to 23. Keep
	// it apart from the backup window of the resources. Default: 0, midnight.
	HourUTC int
	// DailyRetentionDays is how long a daily snapshot is kept: 7 to 3650 days.
	// Default: 35.
	DailyRetentionDays int
	// MonthlyRetentionDays is how long the snapshot of the first of a month is
	// kept: longer than the daily ones, up to 3650 days. Default: 365.
	MonthlyRetentionDays int
	// Copy keeps a second copy in another region. Default: none.
	Copy Copy
	// Disposable leaves the vault unlocked and lets it be deleted with the
	// snapshots in it. Setting it later does not take a lock away; that is done by
	// hand. Default: false, nobody can delete a snapshot before its time without
	// removing the lock first, and the vault is protected against deletion and
	// stays in the account when it leaves the program.
	Disposable bool
	// Monitors makes the monitors. Required; monitor.Off says why there are none.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID, each with its reason. Default:
	// none.
	MonitorsOff map[string]string
}

// Copy is where a second copy goes. AWS Backup copies Aurora either to another
// region or to another account, not both in one step.
type Copy struct {
	// Provider is the AWS provider of the other region. Default: nil, no copies.
	Provider pulumi.ProviderResource
	// KeyARN is a KMS key of that region. Required with Provider.
	KeyARN pulumi.StringInput
	// RetentionDays is how long copies are kept: 7 to 3650 days. Default: as long
	// as what they are copies of.
	RetentionDays int
}

// Backup is a vault with a plan that fills it.
type Backup struct {
	pulumi.ResourceState

	// VaultName is the vault's name, known while the program runs. The vault of
	// the other region has the same.
	VaultName string
	// VaultARN is the vault's ARN.
	VaultARN pulumi.StringOutput `pulumi:"vaultArn"`
	// CopyVaultARN is the ARN of the vault in the other region, empty when there
	// is none.
	CopyVaultARN pulumi.StringOutput `pulumi:"copyVaultArn"`
	// FailuresURL is the queue that holds the jobs that failed.
	FailuresURL pulumi.StringOutput `pulumi:"failuresUrl"`
}

// New makes a vault and a plan.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Backup, error) {
	args = args.withDefaults()
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	b := &Backup{VaultName: p.vault, CopyVaultARN: pulumi.String("").ToStringOutput()}
	if err := ctx.RegisterComponentResource("tenfold:backup:Backup", name, b, opts...); err != nil {
		return nil, err
	}
	here, err := account.Current(ctx, b)
	if err != nil {
		return nil, err
	}
	w := &builder{ctx: ctx, b: b, name: name, args: args, plan: p, account: here}
	for _, step := range []func() error{w.vault, w.copyVault, w.rules, w.selection, w.failures} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := args.Monitors.Monitor(ctx, b, name, p.monitors); err != nil {
		return nil, err
	}
	return b, ctx.RegisterResourceOutputs(b, pulumi.Map{
		"vaultArn": b.VaultARN, "copyVaultArn": b.CopyVaultARN, "failuresUrl": b.FailuresURL,
	})
}

// plan is what is decided before anything is registered.
type plan struct {
	vault, queue string
	monitors     []monitor.Spec
}

func (a Args) withDefaults() Args {
	if a.DailyRetentionDays == 0 {
		a.DailyRetentionDays = 35
	}
	if a.MonthlyRetentionDays == 0 {
		a.MonthlyRetentionDays = 365
	}
	return a
}

func (a Args) plan(ctx *pulumi.Context, name string) (plan, error) {
	p := problem.Of("backup", name)
	p.Add(naming.Component(name))
	p.Check(len(a.Resources) > 0, "Resources must name at least one ARN; there is nothing to back up")
	p.Check(a.KeyARN != nil, "KeyARN must be set; pass the ARN of an encryption key, because a vault can never change its key")
	p.Check(a.HourUTC >= 0 && a.HourUTC <= 23, "HourUTC must be 0 to 23, got %d", a.HourUTC)
	p.Check(a.DailyRetentionDays >= leastDays && a.DailyRetentionDays <= 3650, "DailyRetentionDays must be 7 to 3650, got %d", a.DailyRetentionDays)
	p.Check(a.MonthlyRetentionDays > a.DailyRetentionDays && a.MonthlyRetentionDays <= 3650,
		"MonthlyRetentionDays must be more than DailyRetentionDays (%d) and at most 3650, got %d", a.DailyRetentionDays, a.MonthlyRetentionDays)
	p.Check((a.Copy.Provider == nil) == (a.Copy.KeyARN == nil), "Copy must have both Provider and KeyARN, or neither; the key is one of the other region")
	p.Check(a.Copy.RetentionDays == 0 || a.Copy.RetentionDays >= leastDays && a.Copy.RetentionDays <= 3650,
		"Copy.RetentionDays must be 7 to 3650, got %d; leave it out to keep copies as long as the originals", a.Copy.RetentionDays)
	p.Check(a.Monitors != nil, "Monitors must be set; pass a sink, or monitor.Off with the reason why nothing is watched")
	var made plan
	var err error
	made.vault, err = naming.Physical(ctx, naming.BackupVault, name)
	p.Add(err)
	made.queue, err = naming.Physical(ctx, naming.Queue, name+"-failed")
	p.Add(err)
	specs := []monitor.Spec{failed(made.queue)}
	if p.Err() == nil {
		p.Add(monitor.Validate(specs))
	}
	made.monitors, err = monitor.Apply(specs, a.MonitorsOff)
	p.Add(err)
	return made, p.Err()
}

// builder carries what the steps of New hand to each other.
type builder struct {
	ctx     *pulumi.Context
	b       *Backup
	name    string
	args    Args
	plan    plan
	account account.Account

	vaultMade *backup.Vault
	planMade  *backup.Plan
}
