// Package postgres is an Aurora PostgreSQL cluster that starts small and grows in
// place: capacity, readers, instance classes, backups and insights all change
// without replacing the cluster.
//
// What AWS can never change is fixed from the first day and is the same at every
// size: the identifier, the key, the subnet group, the database name, the master
// user and the decision on extended support.
//
// Applications sign in with IAM as roles of their own (see [Cluster.Connect]).
// The master user is for emergencies; its password is made, kept and rotated by
// RDS and never reaches Pulumi.
package postgres

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes a cluster. VPCID, SubnetIDs, KeyARN and Monitors are required.
type Args struct {
	// VPCID is the network the cluster stands in. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are subnets without a route to the internet, in at least two
	// zones and better three. More can be added later. Required.
	SubnetIDs pulumi.StringArrayInput
	// KeyARN is the KMS key that encrypts storage, backups, insights and the
	// master password. It can never be changed. Required.
	KeyARN pulumi.StringInput

	// DatabaseName is the database that is made with the cluster: 1 to 63
	// lower-case letters, digits and underscores. It can never be changed.
	// Default: "app".
	DatabaseName string
	// MasterUsername is the emergency user: 1 to 63 lower-case letters, digits and
	// underscores. It can never be changed. Default: "tenfold_master".
	MasterUsername string
	// EngineVersion is a major and minor version, at least the one that fixes the
	// known ways around row-level security: 13.22, 14.19, 15.14, 16.10 or 17.6.
	// AWS installs newer minor versions in the maintenance window; raise the
	// version here when a refresh shows a newer one. Default: "17.9".
	EngineVersion string
	// MajorUpgrade allows EngineVersion to be of another major version than the
	// cluster. Set it for the upgrade and clear it afterwards. Default: false.
	MajorUpgrade bool
	// Parameters are set beside those that Tenfold sets. Default: none.
	Parameters []Parameter

	// MinACU and MaxACU bound the capacity of each serverless instance in Aurora
	// capacity units of about 2 GiB of memory: 0.5 to 256 and 1 to 256, in steps
	// of 0.5. Default: 0.5 and 4.
	MinACU, MaxACU float64
	// AutoPause stops instances after this long without a connection: 5 minutes
	// to 24 hours. The next connection waits about 15 seconds. It replaces
	// MinACU. Default: 0, instances never stop.
	AutoPause time.Duration
	// Readers is the number of instances besides the writer: 0 to 15. The first
	// is ready to take over as writer. Default: 0.
	Readers int
	// Instances lists the instances instead of counting them: serverless and
	// provisioned ones can stand side by side. They take over as writer in this
	// order, and the first is protected like the cluster. Default: a serverless
	// instance "0" and one for each of the Readers.
	Instances []Instance
	// MaxReaders lets AWS add readers of the writer's class, and remove them
	// again, up to this many in all: more than there are readers, at most 15. It
	// needs one reader to start from. Default: 0, the number is fixed.
	MaxReaders int
	// ReaderCPUPercent is the average CPU of the readers that MaxReaders aims at:
	// 10 to 90. Default: 60.
	ReaderCPUPercent int
	// IOOptimized pays for storage by size alone and not by request. It pays off
	// when requests are more than a quarter of the bill, and AWS allows the change
	// to it once in 30 days. Default: false, requests are paid for.
	IOOptimized bool

	// BackupRetentionDays is how far back the cluster can be restored to any second: 7 to
	// 35 days, or 1 to 35 when it is Disposable. Default: 7.
	BackupRetentionDays int
	// BackupWindow is when the daily snapshot is taken, in UTC. Default:
	// "03:00-04:00".
	BackupWindow string
	// MaintenanceWindow is when AWS installs updates, in UTC. Default:
	// "sun:04:30-sun:05:30".
	MaintenanceWindow string
	// Deferred makes changes wait for the maintenance window. `pulumi up` then
	// ends before the change is made and every preview until then shows it again.
	// Default: false, changes are made at once, including those that restart
	// instances; the preview is what happens.
	Deferred bool
	// ExtendedSupport lets the engine run past the end of its standard support,
	// at a steep hourly price, instead of being upgraded by AWS. It can never be
	// changed. Default: false.
	ExtendedSupport bool

	// LogRetentionDays is how long logs are kept, one of the periods CloudWatch Logs
	// offers. Default: 30.
	LogRetentionDays int
	// LogKeyARN is the KMS key that encrypts the logs; its policy has to admit
	// CloudWatch Logs. Default: nil, CloudWatch Logs encrypts with its own key.
	LogKeyARN pulumi.StringInput
	// SlowStatement is the duration from which a statement is logged. Default: 1
	// second.
	SlowStatement time.Duration
	// IdleInTransaction is how long a transaction may do nothing before it is
	// ended; it holds locks and keeps vacuum from working. Default: 1 minute.
	IdleInTransaction time.Duration
	// AdvancedInsights keeps 15 months of performance data instead of 7 days, and
	// analyses locks and execution plans, at a price per capacity unit. Default:
	// false.
	AdvancedInsights bool

	// MasterPassword takes the master password out of RDS's hands, in place, for
	// what AWS refuses otherwise: a global database and blue/green deployments. It
	// is kept in the state, encrypted. Default: nil, RDS makes it, keeps it in
	// Secrets Manager and rotates it.
	MasterPassword pulumi.StringInput
	// Global makes the cluster the first of a global database, to which clusters
	// in other regions can be added. It needs MasterPassword and instances that
	// neither pause nor are of a burstable class. Default: false.
	Global bool

	// Proxy pools the connections of services. Default: none, services connect to
	// the writer.
	Proxy Proxy

	// Retiring lets a cluster whose data matters be deleted: RDS takes a final
	// snapshot first and keeps the automated backups for their period. Set it and
	// run up before the deletion. Default: false, Pulumi and RDS refuse to delete
	// the cluster, and when it leaves the program, it and what it stands on stay in
	// the account.
	Retiring bool
	// Disposable lets the cluster be deleted without a trace, for data nobody
	// misses. Default: false.
	Disposable bool
	// RestoredFrom is the snapshot the cluster is made from, by identifier or
	// ARN. Leave it in place for as long as the cluster lives: it is part of the
	// name of the final snapshot. Default: none, a new and empty cluster.
	RestoredFrom string
	// Generation counts the clusters of this name that were made empty: raise it
	// before you make one again after a deletion with a final snapshot, whose
	// name would be taken otherwise. 1 to 999. Default: 1.
	Generation int

	// EnvPrefix starts the environment variables of grants. Default: the
	// component's name in upper case, so that "db" gives DB_HOST.
	EnvPrefix string
	// Monitors makes the monitors. Required; monitor.Off says why there are none.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID, each with its reason. Default:
	// none.
	MonitorsOff map[string]string
}

// Instance is one instance of a cluster.
type Instance struct {
	// Name tells the instance apart for life and ends its name in RDS: lower-case
	// letters, digits and inner hyphens. Another name is another instance.
	Name string
	// Class is "db.serverless" or a provisioned class such as "db.r8g.large".
	// Changing it restarts the instance. Default: "db.serverless".
	Class string
}

// Parameter is a setting of the cluster's parameter group.
type Parameter struct {
	Name, Value string
	// Static marks a parameter that takes effect when instances restart.
	// Default: false, it takes effect at once.
	Static bool
}

// Logins that `tenfold db bootstrap` makes. They sign in with IAM and have no
// password; what they may do comes from the groups they are members of.
const (
	// ApplicationRole is what services connect as; row-level security holds it
	// to one tenant at a time.
	ApplicationRole = "tenfold_app_login"
	// MigratorRole is what schema migrations connect as.
	MigratorRole = "tenfold_migrator_login"
)

// Port is where the cluster listens.
const Port = 5432

// Cluster is an Aurora PostgreSQL cluster.
type Cluster struct {
	pulumi.ResourceState

	// Identifier is the cluster's name in RDS, known while the program runs.
	Identifier string
	// Instances are the names of the instances in RDS.
	Instances []string
	// DatabaseName is the database that was made with the cluster.
	DatabaseName string
	// ARN and ResourceID identify the cluster. The resource id is what IAM
	// permissions to connect are made of; it changes when a blue/green deployment
	// takes over.
	ARN        pulumi.StringOutput `pulumi:"arn"`
	ResourceID pulumi.StringOutput `pulumi:"resourceId"`
	// Endpoint is the writer's address; ReaderEndpoint spreads connections over
	// the readers, and is the writer's when there are none.
	Endpoint       pulumi.StringOutput `pulumi:"endpoint"`
	ReaderEndpoint pulumi.StringOutput `pulumi:"readerEndpoint"`
	// SecurityGroupID guards the port. It admits nobody by itself.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// MasterSecretARN is the secret RDS keeps the master password in, for people
	// in an emergency; empty with Args.MasterPassword. [Cluster.Administer] alone
	// includes it.
	MasterSecretARN pulumi.StringOutput `pulumi:"masterSecretArn"`

	name, master, prefix string

	key     pulumi.StringInput
	managed bool // RDS keeps the master password
	// through is the proxy, nil when there is none.
	through *door
}

// door is where services of the application come in: an address, the group that
// guards it, and the resource that permissions to sign in name.
type door struct {
	name                  string
	host, group, resource pulumi.StringOutput
}

// New makes a cluster.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Cluster, error) {
	args = args.withDefaults(name)
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Identifier: p.cluster, Instances: p.instances, DatabaseName: args.DatabaseName,
		name: name, master: args.MasterUsername, prefix: args.EnvPrefix, key: args.KeyARN, managed: args.MasterPassword == nil}
	if err := ctx.RegisterComponentResource("tenfold:postgres:Cluster", name, c, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, c: c, name: name, args: args, plan: p}
	if err := b.network(); err != nil {
		return nil, err
	}
	if err := b.parameterGroup(); err != nil {
		return nil, err
	}
	if err := b.logGroups(); err != nil {
		return nil, err
	}
	if err := b.monitoringRole(); err != nil {
		return nil, err
	}
	if err := b.cluster(); err != nil {
		return nil, err
	}
	if err := b.instances(); err != nil {
		return nil, err
	}
	if err := b.readerScaling(); err != nil {
		return nil, err
	}
	if err := b.globalDatabase(); err != nil {
		return nil, err
	}
	c.outputs(b.made)
	if err := b.proxy(); err != nil {
		return nil, err
	}
	if err := args.Monitors.Monitor(ctx, c, name, p.monitors); err != nil {
		return nil, err
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"arn": c.ARN, "resourceId": c.ResourceID, "endpoint": c.Endpoint, "readerEndpoint": c.ReaderEndpoint,
		"securityGroupId": c.SecurityGroupID, "masterSecretArn": c.MasterSecretARN,
	})
}

func (c *Cluster) outputs(made *rds.Cluster) {
	c.ARN = made.Arn
	c.ResourceID = made.ClusterResourceId
	c.Endpoint = made.Endpoint
	c.ReaderEndpoint = made.ReaderEndpoint
	c.MasterSecretARN = pulumi.Sprintf("%s", made.MasterUserSecrets.ApplyT(func(secrets []rds.ClusterMasterUserSecret) string {
		if len(secrets) == 0 || secrets[0].SecretArn == nil {
			return "" // the password is not RDS's
		}
		return *secrets[0].SecretArn
	}))
}
