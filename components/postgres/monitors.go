package postgres

import (
	"fmt"
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// specs are the monitors of the cluster. They follow the cluster and split by
// instance, so that a new reader is watched without a change. Only what depends
// on the size of a provisioned class follows the instance.
func (a Args) specs(p plan) []monitor.Spec {
	of := []monitor.Dimension{{Tag: "dbclusteridentifier", Value: p.cluster, Name: "DBClusterIdentifier"}}
	specs := []monitor.Spec{
		a.cpu(of), a.connections(of), a.restart(of),
		commit(of), deadlocks(of), transactionIDs(of), replicationSlot(of),
	}
	if a.hasServerless() {
		specs = append(specs, a.acu(of), a.acuCost(of))
	}
	for i, instance := range a.Instances {
		if s, _ := sizeOf(instance.Class); s.vcpus > 0 {
			of := []monitor.Dimension{{Tag: "dbinstanceidentifier", Value: p.instances[i], Name: "DBInstanceIdentifier"}}
			specs = append(specs, memory(instance.Name, s, of), load(instance.Name, s, of))
		}
	}
	if a.readers() > 0 {
		specs = append(specs, lag(of))
	}
	if a.Proxy.on() {
		specs = append(specs, proxySpecs(p.proxy)...)
	}
	return specs
}

func gauge(datadog, name string, of []monitor.Dimension) monitor.Series {
	return monitor.Series{
		Metric: monitor.Metric{Datadog: datadog, Namespace: "AWS/RDS", Name: name, Stat: "Maximum"},
		Space:  monitor.Maximum, Of: of, By: []string{"dbinstanceidentifier"},
	}
}

// cpu is also what notices that an instance no longer reports at all. A cluster
// that pauses is silent on purpose.
func (a Args) cpu(of []monitor.Dimension) monitor.Spec {
	missing := monitor.MissingAlerts
	if a.AutoPause > 0 {
		missing = monitor.MissingShows
	}
	return monitor.Spec{
		ID:     "aur-cpu",
		Title:  "database CPU is busy, or the instance is silent",
		Impact: "Requests get slower; beyond it they fail.",
		Checks: []string{
			"Which statements take the most time in Database Insights?",
			"Did a release or a job begin at the same time?",
			"Is the capacity at its maximum too (aur-acu)?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: gauge("aws.rds.cpuutilization", "CPUUtilization", of),
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(85, 75), Standard: monitor.AlertAndWarn(90, 80), Relaxed: monitor.Alert(95),
		},
		Missing: missing, Priority: 2,
	}
}

func (a Args) acu(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "aur-acu",
		Title:  fmt.Sprintf("database is near its largest capacity of %g ACU", a.MaxACU),
		Impact: "The database cannot grow with the load; requests get slower.",
		Checks: []string{
			"Which statements take the most time in Database Insights?",
			"Has the load grown for good? Then raise MaxACU, which needs no restart.",
			"Does one job cause it that could run at another time?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: gauge("aws.rds.acuutilization", "ACUUtilization", of),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(90, 80), Standard: monitor.AlertAndWarn(95, 85)},
		Missing: monitor.MissingShows, Priority: 2,
	}
}

func (a Args) acuCost(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "aur-acu-cost",
		Title:  fmt.Sprintf("database stood at %g ACU for an hour", a.MaxACU),
		Impact: "It costs the most it can and has nothing left for a peak.",
		Checks: []string{
			"Is the load real, or does one statement scan whole tables?",
			"Would a provisioned instance of that size cost less?",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: time.Hour, Compare: monitor.AtLeast,
			Measure: gauge("aws.rds.serverless_database_capacity", "ServerlessDatabaseCapacity", of),
		},
		Levels:  monitor.Production(monitor.Alert(a.MaxACU)),
		Missing: monitor.MissingShows, Priority: 4,
	}
}

func (a Args) connections(of []monitor.Dimension) monitor.Spec {
	most := a.leastConnections()
	share := func(percent int) float64 { return float64(most * percent / 100) }
	return monitor.Spec{
		ID:     "aur-conn",
		Title:  fmt.Sprintf("database connections near the limit of %d", most),
		Impact: "New connections are refused at the limit, and services fail their health checks.",
		Checks: []string{
			"Which service holds the connections: group pg_stat_activity by application_name",
			"Did the number of tasks rise? Each has a pool of its own.",
			"Are there many connections idle in a transaction?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: gauge("aws.rds.database_connections", "DatabaseConnections", of),
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(share(80), share(70)),
			Standard: monitor.AlertAndWarn(share(90), share(80)),
		},
		Missing: monitor.MissingShows, Priority: 2,
	}
}

// restart fires while any point of the window is younger than ten minutes.
func (a Args) restart(of []monitor.Dimension) monitor.Spec {
	uptime := gauge("aws.rds.engine_uptime", "EngineUptime", of)
	uptime.Space, uptime.Metric.Stat = monitor.Minimum, "Minimum"
	spec := monitor.Spec{
		ID:     "aur-restart",
		Title:  "database engine restarted",
		Impact: "Open transactions were lost and connections had to be made again.",
		Checks: []string{
			"What do the events of the cluster say: failover, maintenance, out of memory?",
			"Was it a change that someone made?",
			"Do services have errors that last longer than a minute?",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 15 * time.Minute, Compare: monitor.Below, Measure: uptime,
		},
		Levels:  monitor.Production(monitor.Alert(600)),
		Missing: monitor.MissingShows, Priority: 3,
	}
	if a.AutoPause > 0 {
		spec.Off = "the cluster pauses when idle and starts its engine whenever it wakes"
	}
	return spec
}
