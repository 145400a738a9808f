package main

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/backup"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/queue"
)

// foundation is what the traps are tried on; each changes one thing that AWS can
// change only by making something else.
type foundation struct {
	cidr                   string
	zones                  []string
	databaseKey, vaultKey  string
	database, master, name string
	fifo                   bool
}

func (f foundation) deploy(ctx *pulumi.Context) error {
	off := monitor.Off{Reason: "tried in a test"}
	keys := map[string]*encryption.Key{}
	for _, name := range []string{"data", "other"} {
		key, err := encryption.New(ctx, name, encryption.Args{Purpose: "a test", Disposable: true})
		if err != nil {
			return err
		}
		keys[name] = key
	}
	net, err := network.New(ctx, "network", network.Args{CIDR: f.cidr, Zones: f.zones, NAT: network.NATSingle, Disposable: true, Monitors: off})
	if err != nil {
		return err
	}
	db, err := postgres.New(ctx, f.name, postgres.Args{
		VPCID: net.VPCID, SubnetIDs: net.DataSubnetIDs, KeyARN: keys[f.databaseKey].ARN,
		DatabaseName: f.database, MasterUsername: f.master, Disposable: true, Monitors: off,
	})
	if err != nil {
		return err
	}
	_, err = backup.New(ctx, "vault", backup.Args{
		Resources: []pulumi.StringInput{db.ARN}, KeyARN: keys[f.vaultKey].ARN, Disposable: true, Monitors: off,
	})
	if err != nil {
		return err
	}
	_, err = queue.New(ctx, "jobs", queue.Args{FIFO: f.fifo, ProcessingTime: 60e9, Disposable: true, Monitors: off})
	return err
}

func sound() foundation {
	return foundation{zones: []string{"us-east-1a", "us-east-1b", "us-east-1c"}, databaseKey: "data", vaultKey: "data", name: "db"}
}

func TestEveryChangeThatAWSCannotMakeInPlaceIsRefused(t *testing.T) {
	a, root := smallCheckout(t)
	a.program = sound().deploy
	require.Zero(t, upSmall(t, a).code)
	before := accountOf(t, root).List().Resources
	for name, tc := range map[string]struct {
		change func(*foundation)
		want   []string
	}{
		"the key of the database":  {func(f *foundation) { f.databaseKey = "other" }, []string{"replace aws:rds/cluster:Cluster db, forced by kmsKeyId"}},
		"the key of the vault":     {func(f *foundation) { f.vaultKey = "other" }, []string{"replace aws:backup/vault:Vault vault, forced by kmsKeyArn"}},
		"the name of the database": {func(f *foundation) { f.database = "other" }, []string{"replace aws:rds/cluster:Cluster db, forced by databaseName"}},
		"the master user":          {func(f *foundation) { f.master = "other_master" }, []string{"replace aws:rds/cluster:Cluster db, forced by masterUsername"}},
		"the cluster's identifier": {func(f *foundation) { f.name = "main" }, []string{"delete aws:rds/cluster:Cluster db", "delete aws:rds/subnetGroup:SubnetGroup db"}},
		"the address range":        {func(f *foundation) { f.cidr = "10.9.0.0/16" }, []string{"replace aws:ec2/vpc:Vpc network, forced by cidrBlock", "replace aws:ec2/subnet:Subnet network-data-0"}},
		"the order of the zones":   {func(f *foundation) { f.zones = []string{"us-east-1b", "us-east-1a", "us-east-1c"} }, []string{"replace aws:ec2/subnet:Subnet network-data-0, forced by availabilityZone"}},
		"a standard queue to FIFO": {func(f *foundation) { f.fifo = true }, []string{"replace aws:sqs/queue:Queue jobs, forced by name", "replace aws:sqs/queue:Queue jobs-dead, forced by name"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := sound()
			tc.change(&f)
			a.program = f.deploy
			got := upSmall(t, a)
			assert.Equal(t, exitFailure, got.code)
			for _, want := range tc.want {
				assert.Contains(t, got.stderr, want)
			}
			assert.Equal(t, before, accountOf(t, root).List().Resources, "nothing was changed")
		})
	}
}
