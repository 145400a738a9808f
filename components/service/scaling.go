package service

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Scaling is how many tasks run.
type Scaling struct {
	// Min is the least number of tasks, 1 to 5000. Default: 2, so that a zone or
	// a task can fail.
	Min int
	// Max is the greatest number of tasks, Min to 5000. Equal to Min, nothing
	// scales. Default: four times Min.
	Max int
	// CPUPercent is the average CPU use to aim at, 10 to 95. Default: 70.
	CPUPercent int
}

// Spot is how many tasks run on Fargate Spot: spare capacity for about a third of
// the price, which AWS takes back with two minutes' notice.
type Spot struct {
	// Percent is the share of the tasks beyond OnDemand, 0 to 100. Default: 0.
	Percent int
	// OnDemand is how many tasks never run on Spot. Default: Scaling.Min for a
	// service with a route, which has to survive a shortage; 0 for a worker.
	OnDemand int
}

// scales tells whether autoscaling owns the number of tasks.
func (s Scaling) scales() bool { return s.Max > s.Min }

func (s Scaling) withDefaults() Scaling {
	if s.Min == 0 {
		s.Min = 2
	}
	if s.Max == 0 {
		s.Max = 4 * s.Min
	}
	if s.CPUPercent == 0 {
		s.CPUPercent = 70
	}
	return s
}

func (s Spot) withDefaults(routed bool, tasks int) Spot {
	if s.OnDemand == 0 && routed && s.Percent > 0 {
		s.OnDemand = tasks
	}
	return s
}

func (s Scaling) check(l *problem.List) {
	l.Check(s.Min >= 1 && s.Min <= 5000, "Scaling.Min must be 1 to 5000, got %d", s.Min)
	l.Check(s.Max >= s.Min && s.Max <= 5000, "Scaling.Max must be Scaling.Min (%d) to 5000, got %d", s.Min, s.Max)
	l.Check(s.CPUPercent >= 10 && s.CPUPercent <= 95, "Scaling.CPUPercent must be 10 to 95, got %d", s.CPUPercent)
}

func (s Spot) check(l *problem.List, most int) {
	l.Check(s.Percent >= 0 && s.Percent <= 100, "Spot.Percent must be 0 to 100, got %d", s.Percent)
	l.Check(s.OnDemand >= 0 && s.OnDemand <= most, "Spot.OnDemand must be 0 to Scaling.Max (%d), got %d", most, s.OnDemand)
	l.Check(s.OnDemand == 0 || s.Percent > 0, "Spot.OnDemand is %d but Spot.Percent is 0, so every task is on demand; leave it out", s.OnDemand)
}

// scaling hands the number of tasks to autoscaling. When the service is replaced,
// AWS forgets the target and its policies while their names stay the same, so
// they are replaced with it.
func (b *builder) scaling() error {
	s := b.args.Scaling
	if !s.scales() {
		return nil
	}
	replaced := pulumi.ReplacementTrigger(b.running.ID())
	target, err := appautoscaling.NewTarget(b.ctx, b.name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.args.Cluster.Name, b.running.Name),
		MinCapacity:       pulumi.Int(s.Min),
		MaxCapacity:       pulumi.Int(s.Max),
	}, b.children(replaced)...)
	if err != nil {
		return err
	}
	_, err = appautoscaling.NewPolicy(b.ctx, b.name+"-cpu", &appautoscaling.PolicyArgs{
		PolicyType:        pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:  target.ServiceNamespace,
		ScalableDimension: target.ScalableDimension,
		ResourceId:        target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
			PredefinedMetricSpecification: appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
				PredefinedMetricType: pulumi.String("ECSServiceAverageCPUUtilization"),
			},
			TargetValue:      pulumi.Float64(s.CPUPercent),
			ScaleOutCooldown: pulumi.Int(60),
			ScaleInCooldown:  pulumi.Int(300),
		},
	}, b.children(replaced)...)
	return err
}
