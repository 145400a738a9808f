package service

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// deploy makes the ECS service.
func (b *builder) deploy() error {
	a := b.args
	args := &ecs.ServiceArgs{
		Name:           pulumi.String(b.plan.service),
		Cluster:        a.Cluster.ARN,
		TaskDefinition: b.made.Definition.Arn,
		// The first number of tasks; autoscaling owns it from then on.
		DesiredCount: pulumi.Int(a.Scaling.Min),
		NetworkConfiguration: ecs.ServiceNetworkConfigurationArgs{
			Subnets:        a.Network.SubnetIDs,
			SecurityGroups: pulumi.StringArray{b.made.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(a.Network.PublicAddress),
		},
		// Never a launch type: with one, moving to Spot would replace the service.
		// Changing the strategy in place takes a forced deployment.
		CapacityProviderStrategies: a.Spot.strategy(),
		ForceNewDeployment:         pulumi.Bool(true),
		// New tasks come up beside the old ones, and only then do those go.
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		DeploymentController:            ecs.ServiceDeploymentControllerArgs{Type: pulumi.String("ECS")},
		DeploymentCircuitBreaker:        ecs.ServiceDeploymentCircuitBreakerArgs{Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true)},
		Alarms:                          b.deploymentAlarms(),
		// The provider switches it off unless it is asked for.
		AvailabilityZoneRebalancing: pulumi.String("ENABLED"),
		EnableExecuteCommand:        pulumi.Bool(a.Shell),
		EnableEcsManagedTags:        pulumi.Bool(true),
		PropagateTags:               pulumi.String("SERVICE"),
		WaitForSteadyState:          pulumi.Bool(true),
		Tags:                        pulumi.StringMap{"env": pulumi.String(b.ctx.Stack()), "service": pulumi.String(b.name)},
	}
	if connect := b.connect(); connect != nil {
		args.ServiceConnectConfiguration = connect
	}
	if b.target != nil {
		args.HealthCheckGracePeriodSeconds = pulumi.Int(int(b.spec.StartupTime.Seconds()))
		args.LoadBalancers = ecs.ServiceLoadBalancerArray{ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: b.target.GroupARN, ContainerName: pulumi.String(b.name), ContainerPort: pulumi.Int(a.Port),
		}}
	}
	hooks, err := b.hooks()
	if err != nil {
		return err
	}
	timeout := a.DeployTimeout.String()
	b.running, err = ecs.NewService(b.ctx, b.name, args, b.children(
		pulumi.ResourceHooks(hooks),
		pulumi.DependsOn(append([]pulumi.Resource{a.Cluster}, b.made.Before...)),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: timeout, Update: timeout, Delete: "30m"}),
		pulumi.IgnoreChanges([]string{"desiredCount"}),
	)...)
	if err != nil {
		return err
	}
	b.service.ARN = b.running.ID().ToStringOutput()
	return nil
}
