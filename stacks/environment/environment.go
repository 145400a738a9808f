package environment

import (
	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/imagecache"
	"github.com/tenfold-iac/tenfold/components/job"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/queue"
	"github.com/tenfold-iac/tenfold/components/registry"
	"github.com/tenfold-iac/tenfold/components/secret"
	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/tenancy"
)

// Deploy is the Pulumi program: it composes the environment that the current
// stack's YAML file declares.
func Deploy(ctx *pulumi.Context) error {
	config, err := Load(ctx)
	if err != nil {
		return err
	}
	e, err := newEnvironment(ctx, config)
	if err != nil {
		return err
	}
	for _, step := range []func() error{
		e.quotas, e.hostedZone, e.keys, e.network, e.database, e.tenancy, e.queues, e.secrets, e.registries, e.imageCaches,
		e.cluster, e.edge, e.services, e.jobs, e.unusedSwitches,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	e.export()
	return nil
}

// environment is what the steps of Deploy share, in the order they fill it.
type environment struct {
	ctx      *pulumi.Context
	config   *Config
	settings Settings
	monitors *monitor.Switch
	// aws is how the hooks of deployments reach AWS.
	aws *awssdk.Config

	zoneID                     string
	dataKey, secretKey, logKey *encryption.Key

	net          *network.Network
	db           *postgres.Cluster
	tenants      *tenancy.Tenancy
	queued       map[string]*queue.Queue
	secretsBy    map[string]*secret.Secret
	repositories map[string]*registry.Registry
	caches       map[string]*imagecache.Cache
	compute      *cluster.Cluster
	front        *edge.Edge
	running      map[string]*service.Service
	tasks        map[string]*job.Job
}

func newEnvironment(ctx *pulumi.Context, c *Config) (*environment, error) {
	sink, err := c.sink(ctx.Stack())
	if err != nil {
		return nil, err
	}
	hooks, err := sdk(ctx)
	if err != nil {
		return nil, err
	}
	return &environment{
		ctx: ctx, config: c, settings: c.settings(), aws: hooks,
		monitors:     monitor.Without(sink, c.Alerts.Off),
		queued:       map[string]*queue.Queue{},
		secretsBy:    map[string]*secret.Secret{},
		repositories: map[string]*registry.Registry{},
		caches:       map[string]*imagecache.Cache{},
		running:      map[string]*service.Service{},
		tasks:        map[string]*job.Job{},
	}, nil
}

// The names of the components that monitors, grants and other names are made of.
const (
	databaseComponent = "db"
	networkComponent  = "network"
	tenancyComponent  = "tenancy"
)

// disposable says whether what holds data may be deleted with the stack.
func (e *environment) disposable() bool { return !e.config.Production }

// quotas tells what of AWS's may have to be raised first.
func (e *environment) quotas() error {
	for _, text := range e.config.quotas() {
		if err := e.ctx.Log.Warn("tenfold:services: "+text, nil); err != nil {
			return err
		}
	}
	return nil
}

// keys makes one key per domain of data. They come first: what is encrypted
// keeps its key for life.
func (e *environment) keys() (err error) {
	for _, k := range []struct {
		into *(*encryption.Key)
		name string
		args encryption.Args
	}{
		{&e.dataKey, "data", encryption.Args{Purpose: "tenant data in the database and its backups"}},
		{&e.secretKey, "secrets", encryption.Args{Purpose: "values in Secrets Manager"}},
		{&e.logKey, "logs", encryption.Args{Purpose: "logs of services, database and network", LogGroups: true}},
	} {
		k.args.Disposable = e.disposable()
		if *k.into, err = encryption.New(e.ctx, k.name, k.args); err != nil {
			return err
		}
	}
	return nil
}

func (e *environment) network() (err error) {
	n := e.config.Network
	e.net, err = network.New(e.ctx, networkComponent, network.Args{
		CIDR:      n.CIDR,
		Zones:     e.config.Zones,
		NAT:       natModes[e.settings.NAT],
		IPv6:      n.IPv6,
		Endpoints: n.Endpoints,
		FlowLog: network.FlowLog{
			Traffic: traffic[n.FlowLog], RetentionDays: e.settings.FlowLogDays, KeyARN: e.logKey.ARN,
		},
		Disposable: e.disposable(),
		Monitors:   e.monitors,
	})
	return err
}

// databaseName is the database that is made with the cluster. It can never be
// changed, so no setting names it.
const databaseName = "app"

func (e *environment) database() (err error) {
	e.db, err = postgres.New(e.ctx, databaseComponent, postgres.Args{
		VPCID:     e.net.VPCID,
		SubnetIDs: e.net.DataSubnetIDs,
		KeyARN:    e.dataKey.ARN,

		MinACU:    e.settings.MinACU,
		MaxACU:    e.settings.MaxACU,
		AutoPause: e.config.Database.AutoPause,
		Readers:   e.settings.Readers,

		MaxReaders:       e.config.Database.MaxReaders,
		IOOptimized:      e.config.Database.IOOptimized,
		AdvancedInsights: e.config.Database.AdvancedInsights,

		BackupRetentionDays: e.settings.BackupDays,
		LogRetentionDays:    e.settings.LogDays,
		LogKeyARN:           e.logKey.ARN,
		DatabaseName:        databaseName,
		Disposable:          e.disposable(),
		Monitors:            e.monitors,
	})
	return err
}

func (e *environment) queues() (err error) {
	for _, name := range sorted(e.config.Queues) {
		q := e.config.Queues[name]
		e.queued[name], err = queue.New(e.ctx, name, queue.Args{
			FIFO:           q.FIFO,
			ProcessingTime: q.ProcessingTime,
			MaxReceives:    q.MaxReceives,
			AcceptableAge:  q.MaxAge,
			Disposable:     e.disposable(),
			Monitors:       e.monitors,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *environment) secrets() (err error) {
	for _, name := range sorted(e.config.Secrets) {
		e.secretsBy[name], err = secret.New(e.ctx, name, secret.Args{
			Description: e.config.Secrets[name].Description,
			KeyARN:      e.secretKey.ARN,
			Disposable:  e.disposable(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *environment) cluster() (err error) {
	args := cluster.Args{}
	if e.config.Tier == MVP {
		args.Insights = cluster.StandardInsights
	}
	for _, s := range e.config.Services {
		args.Connect = args.Connect || s.Serve
		if s.Shell {
			args.Exec.KeyARN = e.logKey.ARN
		}
	}
	e.compute, err = cluster.New(e.ctx, "cluster", args)
	return err
}

// unusedSwitches tells of monitors that are switched off and that nothing here
// has. Their names are right, the file was checked: so it is no reason to fail
// after everything else is made.
func (e *environment) unusedSwitches() error {
	if err := e.monitors.Err(); err != nil {
		return e.ctx.Log.Warn("tenfold:alerts.off: "+err.Error(), nil)
	}
	return nil
}
