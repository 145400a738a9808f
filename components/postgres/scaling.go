package postgres

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// readerScaling lets Application Auto Scaling add readers. Those it makes are not
// in the state; it removes them again when the load goes, down to the number that
// is.
func (b *builder) readerScaling() error {
	if b.args.MaxReaders == 0 {
		return nil
	}
	const dimension, namespace = "rds:cluster:ReadReplicaCount", "rds"
	target, err := appautoscaling.NewTarget(b.ctx, b.name+"-readers", &appautoscaling.TargetArgs{
		ResourceId:        pulumi.Sprintf("cluster:%s", b.made.ClusterIdentifier),
		ScalableDimension: pulumi.String(dimension),
		ServiceNamespace:  pulumi.String(namespace),
		MinCapacity:       pulumi.Int(b.args.readers()),
		MaxCapacity:       pulumi.Int(b.args.MaxReaders),
	}, pulumi.Parent(b.c), pulumi.DependsOn(b.members))
	if err != nil {
		return err
	}
	_, err = appautoscaling.NewPolicy(b.ctx, b.name+"-readers", &appautoscaling.PolicyArgs{
		Name:              pulumi.String(b.plan.scalingPolicy),
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ResourceId:        target.ResourceId,
		ScalableDimension: target.ScalableDimension,
		ServiceNamespace:  target.ServiceNamespace,
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("RDSReaderAverageCPUUtilization"),
			},
			TargetValue: pulumi.Float64(float64(b.args.ReaderCPUPercent)),
			// A reader takes minutes to start; removing one early only to need it
			// again costs more than it saves.
			ScaleInCooldown:  pulumi.Int(900),
			ScaleOutCooldown: pulumi.Int(300),
		},
	}, pulumi.Parent(b.c))
	return err
}

// globalDatabase makes the cluster the first of a global database. Without
// forceDestroy the provider could not take it out again; with it, deletion
// detaches the clusters and leaves them alive.
func (b *builder) globalDatabase() error {
	if !b.args.Global {
		return nil
	}
	_, err := rds.NewGlobalCluster(b.ctx, b.name+"-global", &rds.GlobalClusterArgs{
		GlobalClusterIdentifier:   pulumi.String(b.plan.cluster + "-global"),
		SourceDbClusterIdentifier: b.made.Arn,
		ForceDestroy:              pulumi.Bool(true),
		DeletionProtection:        pulumi.Bool(b.args.kept()),
	}, append(b.foundation(), pulumi.Protect(b.args.kept()), pulumi.DependsOn(b.members))...)
	return err
}
