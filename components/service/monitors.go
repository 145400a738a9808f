package service

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// monitors hands the service's monitors to the sink.
func (b *builder) monitors() error {
	var group, balancer pulumi.StringInput
	if b.target != nil {
		group, balancer = b.target.GroupARNSuffix, b.args.Edge.ARNSuffix
	}
	specs, err := monitor.Apply(b.args.specs(b.ctx.Stack(), b.name, b.plan.service, group, balancer), b.args.MonitorsOff)
	if err != nil {
		return err
	}
	return b.args.Monitors.Monitor(b.ctx, b.service, b.name, specs)
}

// specs are the monitors of the service. The ARN suffixes are those of a
// service with a route; validation, which knows none yet, passes nil.
func (a Args) specs(environment, name, inECS string, group, balancer pulumi.StringInput) []monitor.Spec {
	clusterName := "cluster"
	if a.Cluster != nil {
		clusterName = a.Cluster.Name
	}
	w := watch{of: []monitor.Dimension{
		{Tag: "servicename", Value: inECS, Name: "ServiceName"},
		{Tag: "clustername", Value: clusterName, Name: "ClusterName"},
	}}
	specs := []monitor.Spec{w.missing(), w.pending(), w.cpu(), w.memory()}
	if a.Scaling.Max > a.Scaling.Min {
		specs = append(specs, w.ceiling(a.Scaling.Max))
	}
	// A service that sleeps is down by design.
	awake := !a.Scaling.mayBeEmpty()
	if awake {
		specs = append(specs, w.none())
	}
	if a.Edge != nil {
		specs = append(specs, routeSpecs(environment, name, awake, group, balancer)...)
	}
	return specs
}

// watch builds the specs of one ECS service.
type watch struct{ of []monitor.Dimension }

// tasks is a number of tasks. CloudWatch has it from Container Insights only.
func (w watch) tasks(state, counter string) monitor.Series {
	return monitor.Series{Space: monitor.Maximum, Of: w.of, Metric: monitor.Metric{
		Datadog: state, Namespace: "ECS/ContainerInsights", Name: counter, Stat: "Maximum",
	}}
}

func (w watch) running() monitor.Series {
	return w.tasks("aws.ecs.service.running", "RunningTaskCount")
}

func (w watch) missing() monitor.Spec {
	return monitor.Spec{
		ID:     "ecs-running-lt-desired",
		Title:  "fewer tasks run than should",
		Impact: "The service has less capacity than it needs and may be slow or fail under load.",
		Checks: []string{
			"The stop reason of the latest stopped tasks of the service",
			"The events of the service: a failed image pull, a health check, or no capacity",
			"Whether a deployment has been running for longer than usual",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Difference{Left: w.tasks("aws.ecs.service.desired", "DesiredTaskCount"), Right: w.running()},
		},
		Levels:  monitor.Levels{Critical: monitor.Alert(0), Standard: monitor.Alert(0), Relaxed: monitor.AlertAndWarn(1, 0)},
		Missing: monitor.MissingShows, Priority: 2,
	}
}

func (w watch) none() monitor.Spec {
	return monitor.Spec{
		ID:     "ecs-zero-running",
		Title:  "no task runs",
		Impact: "The service is down.",
		Checks: []string{
			"The stop reason of the latest stopped tasks of the service",
			"The last deployment, and whether ECS could go back to the one before",
			"Whether someone set the number of tasks to zero",
		},
		Query: monitor.Query{
			Over: monitor.Maximum, Window: 5 * time.Minute, Compare: monitor.Below, Measure: w.running(),
		},
		Levels: monitor.Production(monitor.Alert(1)), Missing: monitor.MissingAlerts, Priority: 1,
	}
}

func (w watch) pending() monitor.Spec {
	return monitor.Spec{
		ID:     "ecs-pending",
		Title:  "tasks do not get past starting",
		Impact: "New tasks do not come up; a deployment or scaling out is stuck.",
		Checks: []string{
			"The events of the service: image pull, secrets, or no free address in the subnets",
			"Whether the image's registry and Secrets Manager can be reached from the subnets",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 20 * time.Minute, Compare: monitor.Above,
			Measure: w.tasks("aws.ecs.service.pending", "PendingTaskCount"),
		},
		Levels: monitor.Production(monitor.Alert(0)), Missing: monitor.MissingShows, Priority: 3,
	}
}

func (w watch) ceiling(most int) monitor.Spec {
	return monitor.Spec{
		ID:     "ecs-at-max",
		Title:  "the service runs as many tasks as it may",
		Impact: "More load makes the service slow: it cannot scale out any further.",
		Checks: []string{
			"Whether the load is real or a loop of retries",
			"Whether a dependency is slow, so that tasks wait instead of work",
			"Whether Scaling.Max should be raised, and whether the database can bear it",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 30 * time.Minute, Compare: monitor.AtLeast, Measure: w.running(),
		},
		Levels: monitor.Production(monitor.Alert(float64(most))), Missing: monitor.MissingShows, Priority: 3,
	}
}

func (w watch) cpu() monitor.Spec {
	return monitor.Spec{
		ID:     "ecs-svc-cpu",
		Title:  "CPU is used up",
		Impact: "Requests and jobs take longer than they should.",
		Checks: []string{
			"Whether the service is at its greatest number of tasks",
			"Whether a release changed what a request costs",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{Space: monitor.Average, Of: w.of, Metric: monitor.Metric{
				Datadog: "aws.ecs.service.cpuutilization", Namespace: "AWS/ECS", Name: "CPUUtilization", Stat: "Average",
			}},
		},
		Levels: exhaustion(), Missing: monitor.MissingShows, Priority: 3,
	}
}

func (w watch) memory() monitor.Spec {
	return monitor.Spec{
		ID:     "ecs-svc-mem",
		Title:  "memory is used up",
		Impact: "Tasks are about to be killed for lack of memory, with the requests they hold.",
		Checks: []string{
			"Whether memory grows without load: a leak",
			"Whether a release, a larger payload or a cache came with it",
			"Whether MemoryMiB should be raised",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{Space: monitor.Maximum, Of: w.of, Metric: monitor.Metric{
				Datadog: "aws.ecs.service.memory_utilization.maximum", Namespace: "AWS/ECS", Name: "MemoryUtilization", Stat: "Maximum",
			}},
		},
		Levels: exhaustion(), Missing: monitor.MissingShows, Priority: 2,
	}
}

// exhaustion is a percentage of what a task has.
func exhaustion() monitor.Levels {
	return monitor.Levels{Critical: monitor.AlertAndWarn(90, 80), Standard: monitor.AlertAndWarn(95, 85)}
}
