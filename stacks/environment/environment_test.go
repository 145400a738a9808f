package environment

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/internal/stateful"
)

func record(t testing.TB, stack string, change func(map[string]string)) *componenttest.Inventory {
	t.Helper()
	values := maps.Clone(stackConfig(t, stack))
	if change != nil {
		change(values)
	}
	return componenttest.Run(t, Deploy, componenttest.WithStack(stack), componenttest.WithConfig(values))
}

// The golden files hold every resource of an environment with every input, so
// that a change shows its whole effect as a text diff.
func TestTheShippedEnvironmentsAreWhatTheGoldenFilesSay(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		componenttest.Golden(t, stack+".golden", record(t, stack, nil).Detailed())
	}
}

// protectedInProduction are the types whose loss loses data or an identity others rely on.
var protectedInProduction = []string{
	"aws:kms/key:Key", "aws:rds/cluster:Cluster", "aws:sqs/queue:Queue",
	"aws:secretsmanager/secret:Secret", "aws:ec2/vpc:Vpc", "aws:lb/loadBalancer:LoadBalancer",
}

func TestProductionProtectsWhatHoldsDataAndDevelopmentDoesNot(t *testing.T) {
	for stack, protected := range map[string]bool{"prod": true, "dev": false} {
		inventory := record(t, stack, nil)
		for _, token := range protectedInProduction {
			found := inventory.ByType(token)
			require.NotEmpty(t, found, token)
			for _, r := range found {
				assert.Equal(t, protected, r.Protect, "%s: %s %s", stack, r.Type, r.Name)
			}
		}
	}
}

// identities are the inputs that can never change in place, of every type that
// holds state and of those whose replacement interrupts.
var identities = map[string][]string{
	"aws:appautoscaling/target:Target":                    {"resourceId", "scalableDimension", "serviceNamespace"},
	"aws:cloudwatch/logGroup:LogGroup":                    {"name", "logGroupClass"},
	"aws:ec2/securityGroup:SecurityGroup":                 {"name", "description", "vpcId"},
	"aws:ec2/subnet:Subnet":                               {"vpcId", "cidrBlock", "availabilityZone"},
	"aws:ec2/vpc:Vpc":                                     {"cidrBlock", "instanceTenancy"},
	"aws:ecs/cluster:Cluster":                             {"name"},
	"aws:ecs/service:Service":                             {"name", "cluster", "launchType", "schedulingStrategy"},
	"aws:iam/role:Role":                                   {"name", "path"},
	"aws:kms/alias:Alias":                                 {"name"},
	"aws:kms/key:Key":                                     {"multiRegion", "customerMasterKeySpec", "keyUsage", "customKeyStoreId"},
	"aws:lb/loadBalancer:LoadBalancer":                    {"name", "internal", "loadBalancerType"},
	"aws:lb/targetGroup:TargetGroup":                      {"name", "vpcId", "port", "protocol", "protocolVersion", "targetType"},
	"aws:rds/cluster:Cluster":                             {"clusterIdentifier", "engine", "engineMode", "databaseName", "masterUsername", "dbSubnetGroupName", "storageEncrypted", "kmsKeyId", "engineLifecycleSupport", "availabilityZones", "snapshotIdentifier"},
	"aws:rds/clusterParameterGroup:ClusterParameterGroup": {"name", "family", "description"},
	"aws:rds/subnetGroup:SubnetGroup":                     {"name"},
	"aws:s3/bucketV2:BucketV2":                            {"bucket", "bucketPrefix", "objectLockEnabled"},
	"aws:secretsmanager/secret:Secret":                    {"name", "namePrefix"},
	"aws:sqs/queue:Queue":                                 {"name", "namePrefix", "fifoQueue"},
}

// Every resource that production protects holds state, or belongs to one that
// does, and somebody has decided which.
func TestWhatProductionProtectsIsGuardedByItsType(t *testing.T) {
	belongs := []string{
		"aws:acm/certificate:Certificate", "aws:kms/alias:Alias", "aws:rds/clusterInstance:ClusterInstance",
		"aws:s3/bucketPolicy:BucketPolicy", "aws:secretsmanager/secretPolicy:SecretPolicy",
	}
	for _, r := range record(t, "prod", nil).Resources {
		if _, holdsState := stateful.Lost(r.Type); r.Protect && !holdsState {
			assert.Contains(t, belongs, r.Type, r.URN)
		}
	}
}

func TestWhatCanNeverChangeIsTheSameInEveryTier(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		frozen := func(tier Tier) map[string]any {
			inventory := record(t, stack, func(c map[string]string) { c["tenfold:tier"] = string(tier) })
			found := map[string]any{}
			for token, inputs := range identities {
				resources := inventory.ByType(token)
				require.NotEmpty(t, resources, "%s is not in %s", token, stack)
				for _, r := range resources {
					if r.Name == "edge-waf" {
						continue // the log of the firewall, which comes and goes with it
					}
					for _, input := range inputs {
						found[token+" "+r.Name+" "+input] = r.Input(input)
					}
				}
			}
			return found
		}
		first := frozen(MVP)
		assert.Equal(t, first, frozen(Growth), stack)
		assert.Equal(t, first, frozen(Scale), stack)
	}
}

func TestAddingAServiceChangesNoOther(t *testing.T) {
	before := record(t, "dev", nil)
	after := record(t, "dev", func(c map[string]string) {
		c["tenfold:services"] = strings.Replace(c["tenfold:services"], "{", `{"admin":{"image":"repository:1","port":8080,"host":"admin"},`, 1)
	})
	was := map[string]componenttest.Resource{}
	for _, r := range before.Resources {
		was[r.URN] = r
	}
	added := 0
	for _, r := range after.Resources {
		old, existed := was[r.URN]
		if !existed {
			assert.True(t, strings.HasPrefix(r.Name, "admin") || strings.HasPrefix(r.Name, "edge-admin"), r.Name)
			added++
			continue
		}
		if r.Type != "pulumi:pulumi:Stack" {
			assert.Equal(t, old.Inputs, r.Inputs, r.URN)
		}
	}
	assert.Positive(t, added)
}

func TestTheDatabaseGrowsByEditsOfTheFile(t *testing.T) {
	inventory := record(t, "prod", func(c map[string]string) {
		c["tenfold:database"] = `{"maxReaders":4,"ioOptimized":true,"advancedInsights":true}`
	})
	cluster := inventory.One(t, "aws:rds/cluster:Cluster", "db")
	assert.Equal(t, "aurora-iopt1", cluster.Input("storageType"))
	assert.Equal(t, "advanced", cluster.Input("databaseInsightsMode"))
	assert.True(t, slices.ContainsFunc(inventory.ByType("aws:appautoscaling/target:Target"), func(r componenttest.Resource) bool {
		return r.Input("scalableDimension") == "rds:cluster:ReadReplicaCount"
	}))
}

func TestAScheduledJobIsAnEditOfTheFile(t *testing.T) {
	inventory := record(t, "dev", func(c map[string]string) {
		c["tenfold:jobs"] = `{"report":{"image":"repository:1","command":["report"],"schedule":"cron(0 3 * * ? *)","timeZone":"Europe/Berlin","uses":["database:read"]}}`
	})
	schedule := inventory.One(t, "aws:scheduler/schedule:Schedule", "report")
	assert.Equal(t, "Europe/Berlin", schedule.Input("scheduleExpressionTimezone"))
	assert.True(t, inventory.Has("tenfold:job:Job", "report"))
}

func TestAWorkerScalesByTheMessagesThatWait(t *testing.T) {
	inventory := record(t, "dev", nil)
	assert.True(t, inventory.Has("aws:appautoscaling/policy:Policy", "worker-backlog"), inventory.Text())
}

func TestSwitchingOffAMonitorThatDoesNotExistIsAnError(t *testing.T) {
	values := maps.Clone(stackConfig(t, "dev"))
	values["tenfold:alerts"] = `{"team":"platform","page":["@a"],"notify":["@a"],"off":{"sqs-agee":"misspelt on purpose"}}`
	_, err := componenttest.Record(Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	assert.ErrorContains(t, err, `there is no monitor "sqs-agee" to switch off`)
}

// A task of a service that uses the database starts on the schema of its own
// revision, and a service that does not use it waits for nobody.
func TestWhatUsesTheDatabaseComesAfterItsMigrations(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		inventory := record(t, stack, nil)
		for name, waits := range map[string]bool{"api": true, "worker": true, "web": false} {
			depends := inventory.One(t, "aws:ecs/service:Service", name).DependsOn
			assert.Equal(t, waits, slices.ContainsFunc(depends, func(urn string) bool {
				return strings.HasSuffix(urn, "$aws:lambda/invocation:Invocation::tenancy-migrate")
			}), "%s: %s", stack, name)
		}
	}
}

func TestAnEnvironmentWithoutThePackageOfTheFunctionsSaysHowToBuildIt(t *testing.T) {
	values := maps.Clone(stackConfig(t, "dev"))
	values["tenfold:tenancy"] = `{"archive":"nowhere/dbmigrate.zip"}`
	_, err := componenttest.Record(Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	assert.ErrorContains(t, err, "nowhere/dbmigrate.zip\" does not exist; run `make functions`, which builds it")
}
