package cache

import (
	"fmt"
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

func (a Args) specs(name string) []monitor.Spec {
	of := []monitor.Dimension{{Tag: "clusterid", Value: name, Name: "clusterId"}}
	return []monitor.Spec{a.memory(of), evictions(of), a.throttled(of)}
}

func (a Args) memory(of []monitor.Dimension) monitor.Spec {
	share := func(percent int64) float64 { return float64((int64(a.MaxGiB) << 30) / 100 * percent) }
	return monitor.Spec{
		ID:     "vk-mem",
		Title:  fmt.Sprintf("cache is near its limit of %d GiB", a.MaxGiB),
		Impact: "Beyond it, what was not used for longest is dropped and has to be computed again.",
		Checks: []string{
			"Did a release begin to cache something large?",
			"Do keys have a time to live?",
			"Has the product grown? Then raise MaxGiB.",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Series{
				Metric: monitor.Metric{Datadog: "aws.elasticache.bytes_used_for_cache", Namespace: "AWS/ElastiCache", Name: "BytesUsedForCache", Stat: "Maximum"},
				Space:  monitor.Maximum, Of: of,
			},
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(share(90), share(80)), Standard: monitor.AlertAndWarn(share(95), share(85))},
		Missing: monitor.MissingShows, Priority: 3,
	}
}

func evictions(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "vk-evict",
		Title:  "cache drops what is still wanted",
		Impact: "More misses: more load on the database and slower answers.",
		Checks: []string{
			"Is the cache at its limit (vk-mem)?",
			"Which keys are large or have no time to live?",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: counted("aws.elasticache.evictions", "Evictions", of),
		},
		Levels:  monitor.Production(monitor.AlertAndWarn(1000, 100)),
		Missing: monitor.MissingIsZero, Priority: 4,
	}
}

func (a Args) throttled(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "vk-throttle",
		Title:  fmt.Sprintf("cache slows commands down at its limit of %d units a second", a.MaxECPU),
		Impact: "Requests that use the cache get slower.",
		Checks: []string{
			"Did the number of requests rise, or the number of commands for each?",
			"Does something run commands over many keys?",
			"Has the product grown? Then raise MaxECPU.",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: counted("aws.elasticache.throttled_cmds", "ThrottledCmds", of),
		},
		Levels:  monitor.Levels{Critical: monitor.Alert(0), Standard: monitor.Alert(100)},
		Missing: monitor.MissingIsZero, Priority: 3,
	}
}

func counted(datadog, name string, of []monitor.Dimension) monitor.Series {
	return monitor.Series{
		Metric: monitor.Metric{Datadog: datadog, Namespace: "AWS/ElastiCache", Name: name, Count: true}, Space: monitor.Sum, Of: of,
	}
}
