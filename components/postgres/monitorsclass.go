package postgres

import (
	"fmt"
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// memory is about an instance of a provisioned class; a serverless one grows.
func memory(name string, s size, of []monitor.Dimension) monitor.Spec {
	series := gauge("aws.rds.freeable_memory", "FreeableMemory", of)
	series.Space, series.Metric.Stat, series.By = monitor.Average, "Minimum", nil
	percent := float64(int64(s.memoryGiB) << 30 / 100)
	return monitor.Spec{
		ID: "aur-mem", Subject: name,
		Title:  fmt.Sprintf("instance %s is short of its %d GiB of memory", name, s.memoryGiB),
		Impact: "The engine runs out of memory and restarts.",
		Checks: []string{
			"Did the number of connections rise? Each takes some MiB.",
			"Does a statement sort or hash far more than usual?",
			"Has the data in use outgrown the class?",
		},
		Query: monitor.Query{
			Over: monitor.Maximum, Window: 15 * time.Minute, Compare: monitor.Below, Measure: series,
		},
		Levels:  monitor.Production(monitor.AlertAndWarn(5*percent, 10*percent)),
		Missing: monitor.MissingShows, Priority: 2,
	}
}

func load(name string, s size, of []monitor.Dimension) monitor.Spec {
	series := gauge("aws.rds.dbload", "DBLoad", of)
	series.Space, series.Metric.Stat, series.By = monitor.Average, "Average", nil
	vcpus := float64(s.vcpus)
	return monitor.Spec{
		ID: "aur-dbload", Subject: name,
		Title:  fmt.Sprintf("more sessions work on instance %s than its %d CPUs carry", name, s.vcpus),
		Impact: "Statements wait for the CPU or for each other; requests get slower.",
		Checks: []string{
			"What do sessions wait for: wait events in Database Insights",
			"Which statements have the most load?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above, Measure: series,
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(1.5*vcpus, vcpus), Standard: monitor.AlertAndWarn(2*vcpus, 1.5*vcpus),
		},
		Missing: monitor.MissingShows, Priority: 3,
	}
}
