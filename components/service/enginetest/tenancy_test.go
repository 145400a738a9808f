package enginetest

import (
	"archive/zip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/postgres"
	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/tenancy"
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// guarded is a service whose database has the guard, and one without a database.
func guarded(archive, tag string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		net, err := network.New(ctx, "net", network.Args{Zones: usual().zones, NAT: network.NATSingle, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		key, err := encryption.New(ctx, "data", encryption.Args{Purpose: "the data of a test", Disposable: true})
		if err != nil {
			return err
		}
		db, err := postgres.New(ctx, "db", postgres.Args{VPCID: net.VPCID, SubnetIDs: net.DataSubnetIDs, KeyARN: key.ARN, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		tenants, err := tenancy.New(ctx, "tenancy", tenancy.Args{Database: db, Network: net.Tasks(), Archive: archive, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		tasks, err := cluster.New(ctx, "main", cluster.Args{})
		if err != nil {
			return err
		}
		for name, uses := range map[string][]access.Grant{"api": {tenants.After(db.Connect())}, "web": nil} {
			_, err := service.New(ctx, name, service.Args{
				Cluster: tasks, Network: net.Tasks(), Image: image(tag), Uses: uses, Disposable: true, Monitors: none,
			})
			if err != nil {
				return err
			}
		}
		ctx.Export("report", tenants.Report)
		return nil
	}
}

// pack writes a package of the functions: its program and its migrations.
func pack(t *testing.T, program string, migrations ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dbmigrate.zip")
	file, err := os.Create(path)
	require.NoError(t, err)
	writer := zip.NewWriter(file)
	add := func(name, content string) {
		entry, err := writer.Create(name)
		require.NoError(t, err)
		_, err = entry.Write([]byte(content))
		require.NoError(t, err)
	}
	add("bootstrap", program)
	for _, text := range migrations {
		name, content, _ := strings.Cut(text, "=")
		add("migrations/"+name, content)
	}
	require.NoError(t, writer.Close())
	require.NoError(t, file.Close())
	return path
}

func TestMigrationsComeBetweenTheDatabaseAndTheServices(t *testing.T) {
	e := start(t)
	first := pack(t, "one", "0001_a.sql=SELECT 1")

	planned := e.preview(guarded(first, "1"))
	assert.Equal(t, []string{"create tenancy-bootstrap", "create tenancy-migrate"}, planned.of("Invocation"))
	assert.Empty(t, e.server.Account().List().Resources, "a preview invokes nothing")

	made := e.up(guarded(first, "1"))
	at := func(step string) int {
		i := slices.Index(made.steps, step)
		require.NotEqual(t, -1, i, step)
		return i
	}
	order := []int{
		at("create aws:rds/clusterInstance:ClusterInstance db-0"), at("create aws:lambda/invocation:Invocation tenancy-bootstrap"),
		at("create aws:lambda/invocation:Invocation tenancy-migrate"), at("create aws:ecs/service:Service api"),
	}
	assert.IsIncreasing(t, order)
	assert.Empty(t, e.up(guarded(first, "1")).steps, "nothing changed")
	assert.Empty(t, e.up(guarded(pack(t, "one", "0001_a.sql=SELECT 1"), "1")).steps, "the same content in another file is the same")

	more := e.up(guarded(pack(t, "one", "0001_a.sql=SELECT 1", "0002_b.sql=SELECT 2"), "1"))
	assert.Equal(t, []string{"create-replacement tenancy-migrate", "delete-replaced tenancy-migrate", "replace tenancy-migrate"}, more.of("Invocation"))
	assert.Equal(t, []string{"Function", "Invocation"}, more.kinds())

	newer := e.up(guarded(pack(t, "two", "0001_a.sql=SELECT 1", "0002_b.sql=SELECT 2"), "1"))
	assert.Subset(t, newer.of("Invocation"), []string{"replace tenancy-bootstrap", "replace tenancy-migrate"})

	held, err := e.stack.Export(t.Context())
	require.NoError(t, err)
	state := string(held.Deployment)
	assert.Contains(t, state, `"offline\":true`)
	for _, trace := range []string{`"ciphertext"`, `"masterPassword":`, `"secretString":`, `"password":`} {
		assert.NotContains(t, state, trace)
	}
	outputs, err := e.stack.Outputs(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "unknown, no database ran offline", outputs["report"].Value.(map[string]any)["violations"])
}

func TestAFailedMigrationLeavesTheServicesThatUseTheDatabaseAsTheyAre(t *testing.T) {
	e := start(t)
	e.up(guarded(pack(t, "one", "0001_a.sql=SELECT 1"), "1"))
	fault := account.Fault{Type: "aws:lambda/invocation:Invocation", Name: "tenancy-migrate", Operation: account.OnCreate, Error: "Lambda function returned error: 0002_b.sql:1: column does not exist"}
	require.NoError(t, e.server.Account().Plan(fault))
	next := pack(t, "one", "0001_a.sql=SELECT 1", "0002_b.sql=SELECT b")

	failed := e.try(guarded(next, "2"))
	require.Error(t, failed.err)
	assert.Contains(t, failed.output, "0002_b.sql:1: column does not exist")
	assert.NotContains(t, failed.of("Service"), "update api")

	again := e.up(guarded(next, "2"))
	assert.Contains(t, again.of("Invocation"), "create-replacement tenancy-migrate")
	assert.Contains(t, again.of("Service"), "update api")
	assert.Empty(t, e.up(guarded(next, "2")).steps)
}
