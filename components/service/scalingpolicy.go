package service

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/timetable"
)

// Shorter names for the provider's.
type (
	tracking     = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs
	predefined   = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
	customized   = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationArgs
	measure      = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgs
	measures     = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArray
	measureStat  = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatArgs
	measured     = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricArgs
	measuredDim  = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArgs
	measuredDims = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricMetricStatMetricDimensionArray
)

// scaling hands the number of tasks to autoscaling, also where Min and Max are one:
// registering a target brings the number of tasks into its limits, whatever it was
// before.
func (b *builder) scaling() error {
	s := b.args.Scaling
	target, err := appautoscaling.NewTarget(b.ctx, b.name, &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String("ecs:service:DesiredCount"),
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.args.Cluster.Name, b.running.Name),
		MinCapacity:       pulumi.Int(s.least()),
		MaxCapacity:       pulumi.Int(s.Max),
	}, b.registered()...)
	if err != nil {
		return err
	}
	if s.Max > s.Min {
		if err := b.policies(target); err != nil {
			return err
		}
	}
	return b.schedules(target)
}

// registered replaces a child together with the service, and when schedules come or
// go. When the service is replaced, AWS forgets the target and its policies while
// their names stay the same. And what a schedule has set stays when the schedule
// goes: nothing would wake a service that sleeps.
func (b *builder) registered() []pulumi.ResourceOption {
	trigger := pulumi.StringInput(b.running.ID().ToStringOutput())
	if names := b.args.Scaling.scheduled(); len(names) > 0 {
		trigger = pulumi.Sprintf("%s %s", b.running.ID(), strings.Join(names, " "))
	}
	return b.children(pulumi.ReplacementTrigger(trigger), pulumi.DeleteBeforeReplace(true))
}

func (b *builder) policies(target *appautoscaling.Target) error {
	s := b.args.Scaling
	if err := b.track(target, "cpu", float64(s.CPUPercent), "ECSServiceAverageCPUUtilization", nil); err != nil {
		return err
	}
	if s.MemoryPercent > 0 {
		if err := b.track(target, "memory", float64(s.MemoryPercent), "ECSServiceAverageMemoryUtilization", nil); err != nil {
			return err
		}
	}
	if s.RequestsPerTask > 0 {
		label := pulumi.Sprintf("%s/%s", b.args.Edge.ARNSuffix, b.target.GroupARNSuffix)
		if err := b.track(target, "requests", float64(s.RequestsPerTask), "ALBRequestCountPerTarget", label); err != nil {
			return err
		}
	}
	if s.Backlog.QueueName != "" {
		return b.trackBacklog(target)
	}
	return nil
}

// track aims at a value of one of AWS's own measures.
func (b *builder) track(target *appautoscaling.Target, suffix string, value float64, kind string, label pulumi.StringPtrInput) error {
	return b.follow(target, suffix, tracking{
		TargetValue:                   pulumi.Float64(value),
		PredefinedMetricSpecification: predefined{PredefinedMetricType: pulumi.String(kind), ResourceLabel: label},
	})
}

// trackBacklog aims at the number of messages that may wait for each task. With
// no task running, all that wait count for the first.
func (b *builder) trackBacklog(target *appautoscaling.Target) error {
	backlog := b.args.Scaling.Backlog
	stat := func(id, namespace, name, stat string, dimensions measuredDims) measure {
		return measure{Id: pulumi.String(id), ReturnData: pulumi.Bool(false), MetricStat: measureStat{
			Stat:   pulumi.String(stat),
			Metric: measured{Namespace: pulumi.String(namespace), MetricName: pulumi.String(name), Dimensions: dimensions},
		}}
	}
	dimension := func(name, value string) measuredDim {
		return measuredDim{Name: pulumi.String(name), Value: pulumi.String(value)}
	}
	return b.follow(target, "backlog", tracking{
		TargetValue: pulumi.Float64(backlog.AcceptableLatency.Seconds() / backlog.TimePerMessage.Seconds()),
		CustomizedMetricSpecification: customized{Metrics: measures{
			stat("waiting", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", measuredDims{dimension("QueueName", backlog.QueueName)}),
			stat("running", "ECS/ContainerInsights", "RunningTaskCount", "Average", measuredDims{
				dimension("ClusterName", b.args.Cluster.Name), dimension("ServiceName", b.plan.service),
			}),
			measure{
				Id: pulumi.String("backlog"), Label: pulumi.String("Messages that wait for each task"), ReturnData: pulumi.Bool(true),
				Expression: pulumi.String("IF(FILL(running, 0) < 1, waiting, waiting / running)"),
			},
		}},
	})
}

// follow makes a target tracking policy: out after a minute, in after five.
func (b *builder) follow(target *appautoscaling.Target, suffix string, t tracking) error {
	t.ScaleOutCooldown, t.ScaleInCooldown = pulumi.Int(60), pulumi.Int(300)
	_, err := appautoscaling.NewPolicy(b.ctx, b.name+"-"+suffix, &appautoscaling.PolicyArgs{
		PolicyType:                               pulumi.String("TargetTrackingScaling"),
		ServiceNamespace:                         target.ServiceNamespace,
		ScalableDimension:                        target.ScalableDimension,
		ResourceId:                               target.ResourceId,
		TargetTrackingScalingPolicyConfiguration: t,
	}, b.registered()...)
	return err
}

// schedules makes the schedules, and those of the night's sleep.
func (b *builder) schedules(target *appautoscaling.Target) error {
	s := b.args.Scaling
	all := s.Schedules
	if s.sleeps() {
		// Validation has parsed both.
		stop, _ := timetable.Daily(s.Sleep.Stop, "*")
		start, _ := timetable.Daily(s.Sleep.Start, "MON-FRI")
		all = append(all,
			Schedule{Name: "sleep", At: stop, TimeZone: s.Sleep.TimeZone},
			Schedule{Name: "wake", At: start, TimeZone: s.Sleep.TimeZone, Min: s.least(), Max: s.Max})
	}
	for _, at := range all {
		_, err := appautoscaling.NewScheduledAction(b.ctx, b.name+"-"+at.Name, &appautoscaling.ScheduledActionArgs{
			Name:              pulumi.String(b.plan.service + "-" + at.Name),
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			Schedule:          pulumi.String(at.At),
			Timezone:          pulumi.String(at.TimeZone),
			ScalableTargetAction: appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(at.Min), MaxCapacity: pulumi.Int(at.Max),
			},
		}, b.registered()...)
		if err != nil {
			return err
		}
	}
	return nil
}
