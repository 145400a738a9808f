package service

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// routeSpecs are the monitors of a service that users reach. Datadog knows the
// target group by the tags it carries, since its name is not known when the
// program runs; CloudWatch takes the ARN suffixes. A service that is not always
// awake has no healthy task while it sleeps.
func routeSpecs(environment, name string, awake bool, group, balancer pulumi.StringInput) []monitor.Spec {
	r := routeWatch{of: []monitor.Dimension{
		{Tag: "env", Value: environment, Name: "LoadBalancer", CloudWatchValue: balancer},
		{Tag: "service", Value: name, Name: "TargetGroup", CloudWatchValue: group},
	}}
	specs := []monitor.Spec{r.errors(), r.latency(), r.unhealthy()}
	if awake {
		specs = append(specs, r.noneHealthy())
	}
	return specs
}

// routeWatch builds the specs of one target group.
type routeWatch struct{ of []monitor.Dimension }

func (r routeWatch) series(space monitor.Aggregate, m monitor.Metric) monitor.Series {
	m.Namespace = "AWS/ApplicationELB"
	return monitor.Series{Space: space, Of: r.of, Metric: m}
}

func (r routeWatch) errors() monitor.Spec {
	return monitor.Spec{
		ID:     "alb-5xx-ratio",
		Title:  "requests fail",
		Impact: "Users see errors.",
		Checks: []string{
			"The error log of the service since the alert began",
			"Whether a deployment is running or has just ended",
			"Whether the database, a queue or a third party fails",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Percent{
				Part:  r.series(monitor.Sum, monitor.Metric{Datadog: "aws.applicationelb.httpcode_target_5xx", Name: "HTTPCode_Target_5XX_Count", Stat: "Sum", Count: true}),
				Whole: r.series(monitor.Sum, monitor.Metric{Datadog: "aws.applicationelb.request_count", Name: "RequestCount", Stat: "Sum", Count: true}),
			},
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(5, 2), Standard: monitor.AlertAndWarn(10, 5)},
		Missing: monitor.MissingIsZero, Priority: 2,
	}
}

func (r routeWatch) latency() monitor.Spec {
	return monitor.Spec{
		ID:     "alb-latency-p95",
		Title:  "requests are slow",
		Impact: "One request in twenty takes longer than users put up with.",
		Checks: []string{
			"Which routes are slow, and whether it is all of them",
			"Whether CPU or database connections are used up",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: r.series(monitor.Maximum, monitor.Metric{Datadog: "aws.applicationelb.target_response_time.p95", Name: "TargetResponseTime", Stat: "p95"}),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(1, 0.5), Standard: monitor.AlertAndWarn(3, 1.5)},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func (r routeWatch) unhealthy() monitor.Spec {
	return monitor.Spec{
		ID:     "alb-unhealthy",
		Title:  "tasks fail the load balancer's health check",
		Impact: "The service has less capacity than it should.",
		Checks: []string{
			"What the health check's path answers, and how long it takes",
			"Whether tasks are short of CPU or memory",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: r.series(monitor.Maximum, monitor.Metric{Datadog: "aws.applicationelb.un_healthy_host_count.maximum", Name: "UnHealthyHostCount", Stat: "Maximum"}),
		},
		Levels:  monitor.Levels{Critical: monitor.Alert(0), Standard: monitor.AlertAndWarn(1, 0)},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func (r routeWatch) noneHealthy() monitor.Spec {
	return monitor.Spec{
		ID:     "alb-no-healthy",
		Title:  "no task can take requests",
		Impact: "Users get errors for every request.",
		Checks: []string{
			"What the health check's path answers",
			"Whether a deployment broke the service, and whether ECS could go back",
			"Whether the database is up: a health check that depends on it fails with it",
		},
		Query: monitor.Query{
			Over: monitor.Maximum, Window: 5 * time.Minute, Compare: monitor.Below,
			Measure: r.series(monitor.Maximum, monitor.Metric{Datadog: "aws.applicationelb.healthy_host_count", Name: "HealthyHostCount", Stat: "Maximum"}),
		},
		Levels: monitor.Production(monitor.Alert(1)), Missing: monitor.MissingAlerts, Priority: 1,
	}
}
