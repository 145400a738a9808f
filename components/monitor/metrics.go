package monitor

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"
)

//go:embed metrics.txt
var metricsText string

// metrics maps the name of an integration's metric to its kind.
var metrics = sync.OnceValue(func() map[string]string {
	kinds := map[string]string{}
	for line := range strings.Lines(metricsText) {
		if fields := strings.Fields(line); len(fields) == 3 && !strings.HasPrefix(line, "#") {
			kinds[fields[0]] = fields[1]
		}
	}
	return kinds
})

// integrations are the prefixes of names that only an integration sends. A name
// with another prefix is an application's own metric and is not checked.
var integrations = []string{"aws.", "ecs."}

// problem tells what is wrong with a metric's name or kind, nil for nothing.
func (m Metric) problem() error {
	kind, known := metrics()[m.Datadog]
	if !known {
		for _, prefix := range integrations {
			if strings.HasPrefix(m.Datadog, prefix) {
				return fmt.Errorf("%s is not a known metric; check its spelling, or add it to components/monitor/metrics.txt", m.Datadog)
			}
		}
		return nil
	}
	if m.Count && kind != "count" {
		return fmt.Errorf("%s is a %s and cannot be counted; clear Count", m.Datadog, kind)
	}
	return nil
}
