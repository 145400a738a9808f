package postgres

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ignored are inputs whose value AWS decides after the cluster was made. Each
// would otherwise plan something terrible: the zones AWS spreads the storage over
// and the snapshot of the first day a replacement, the membership in a global
// database a departure from it.
var ignored = pulumi.IgnoreChanges([]string{"availabilityZones", "globalClusterIdentifier", "snapshotIdentifier"})

func (b *builder) cluster() error {
	a, key := b.args, b.args.KeyARN.ToStringOutput()
	args := &rds.ClusterArgs{
		ClusterIdentifier: pulumi.String(b.plan.cluster),
		Engine:            pulumi.String(engine),
		EngineMode:        pulumi.String("provisioned"), // serverless v2 instances are of this mode too
		EngineVersion:     pulumi.String(a.EngineVersion),

		EngineLifecycleSupport:      lifecycle(a.ExtendedSupport),
		AllowMajorVersionUpgrade:    pulumi.Bool(a.MajorUpgrade),
		DatabaseName:                pulumi.String(a.DatabaseName),
		Port:                        pulumi.Int(Port),
		DbSubnetGroupName:           b.subnets.Name,
		VpcSecurityGroupIds:         pulumi.StringArray{b.c.SecurityGroupID},
		DbClusterParameterGroupName: b.parameters.Name,

		MasterUsername:                   pulumi.String(a.MasterUsername),
		IamDatabaseAuthenticationEnabled: pulumi.Bool(true),
		StorageEncrypted:                 pulumi.Bool(true),
		StorageType:                      a.storage(),
		KmsKeyId:                         key,

		Serverlessv2ScalingConfiguration: a.scaling(),

		BackupRetentionPeriod:      pulumi.Int(a.BackupRetentionDays),
		PreferredBackupWindow:      pulumi.String(a.BackupWindow),
		PreferredMaintenanceWindow: pulumi.String(a.MaintenanceWindow),
		ApplyImmediately:           pulumi.Bool(!a.Deferred),
		CopyTagsToSnapshot:         pulumi.Bool(true),
		DeleteAutomatedBackups:     pulumi.Bool(a.Disposable),
		DeletionProtection:         pulumi.Bool(a.kept()),
		SkipFinalSnapshot:          pulumi.Bool(a.Disposable),
		FinalSnapshotIdentifier:    pulumi.String(b.plan.finalSnapshot),

		EnabledCloudwatchLogsExports:       pulumi.ToStringArray(logTypes),
		DatabaseInsightsMode:               pulumi.String(a.insights()),
		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsKmsKeyId:        key,
		PerformanceInsightsRetentionPeriod: pulumi.Int(a.insightsDays()),
	}
	// A managed password and one of ours exclude each other; "false" counts as both.
	if a.MasterPassword == nil {
		args.ManageMasterUserPassword = pulumi.Bool(true)
		args.MasterUserSecretKmsKeyId = key
	} else {
		args.MasterPassword = a.MasterPassword.ToStringOutput() // the SDK makes it a secret
	}
	if a.RestoredFrom != "" {
		args.SnapshotIdentifier = pulumi.String(a.RestoredFrom)
	}
	options := append(b.foundation(), pulumi.Protect(a.kept()), ignored, pulumi.DependsOn(b.logs))
	var err error
	b.made, err = rds.NewCluster(b.ctx, b.name, args, options...)
	return err
}

// storage names the standard type too: leaving it out would not lead back from
// the other one.
func (a Args) storage() pulumi.String {
	if a.IOOptimized {
		return "aurora-iopt1"
	}
	return "aurora"
}

func lifecycle(extended bool) pulumi.String {
	if extended {
		return "open-source-rds-extended-support"
	}
	return "open-source-rds-extended-support-disabled"
}

// scaling is written at every size, also when no instance is serverless: AWS
// cannot take it back.
func (a Args) scaling() rds.ClusterServerlessv2ScalingConfigurationArgs {
	made := rds.ClusterServerlessv2ScalingConfigurationArgs{
		MinCapacity: pulumi.Float64(a.MinACU), MaxCapacity: pulumi.Float64(a.MaxACU),
	}
	if a.AutoPause > 0 {
		made.SecondsUntilAutoPause = pulumi.Int(int(a.AutoPause / time.Second))
	}
	return made
}

func (a Args) insights() string {
	if a.AdvancedInsights {
		return "advanced"
	}
	return "standard"
}

// insightsDays is 7, which is free of charge, or the period that the advanced
// mode asks for.
func (a Args) insightsDays() int {
	if a.AdvancedInsights {
		return 465
	}
	return 7
}

// instances are numbered, not named writer and reader: a failover swaps the
// roles. They have no zone of their own, because AWS spreads them and a fixed one
// could only be changed by replacement. The first goes and stays with the
// cluster; readers come and go.
func (b *builder) instances() error {
	for i, identifier := range b.plan.instances {
		kept := i == 0 && b.args.kept()
		made, err := rds.NewClusterInstance(b.ctx, b.name+"-"+b.args.Instances[i].Name, &rds.ClusterInstanceArgs{
			Identifier:              pulumi.String(identifier),
			ClusterIdentifier:       b.made.ClusterIdentifier,
			Engine:                  pulumi.String(engine),
			InstanceClass:           pulumi.String(b.args.Instances[i].Class),
			PromotionTier:           pulumi.Int(i),
			PubliclyAccessible:      pulumi.Bool(false),
			CaCertIdentifier:        pulumi.String("rds-ca-rsa2048-g1"),
			AutoMinorVersionUpgrade: pulumi.Bool(true),
			ApplyImmediately:        pulumi.Bool(!b.args.Deferred),
			CopyTagsToSnapshot:      pulumi.Bool(true),
			MonitoringInterval:      pulumi.Int(monitoringSeconds),
			MonitoringRoleArn:       b.role.Arn,

			PreferredMaintenanceWindow:         pulumi.String(b.args.MaintenanceWindow),
			PerformanceInsightsEnabled:         pulumi.Bool(true),
			PerformanceInsightsKmsKeyId:        b.args.KeyARN.ToStringOutput(),
			PerformanceInsightsRetentionPeriod: pulumi.Int(b.args.insightsDays()),
		}, pulumi.Parent(b.c), pulumi.Protect(kept), pulumi.RetainOnDelete(kept), pulumi.DependsOn([]pulumi.Resource{b.mayMeasure}))
		if err != nil {
			return err
		}
		b.members = append(b.members, made)
	}
	return nil
}
