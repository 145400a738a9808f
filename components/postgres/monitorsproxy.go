package postgres

import (
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// proxySpecs are the monitors of the proxy. Latencies are in microseconds.
func proxySpecs(proxy string) []monitor.Spec {
	of := []monitor.Dimension{{Tag: "proxyname", Value: proxy, Name: "ProxyName"}}
	return []monitor.Spec{borrowing(of), saturation(of), failures(of), refusals(of), availability(of)}
}

func ofProxy(datadog, name, stat string, space monitor.Aggregate, of []monitor.Dimension) monitor.Series {
	return monitor.Series{
		Metric: monitor.Metric{Datadog: datadog, Namespace: "AWS/RDS", Name: name, Stat: stat}, Space: space, Of: of,
	}
}

func borrowing(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "prx-borrow",
		Title:  "requests wait for a connection of the proxy",
		Impact: "Every request that needs the database waits that much longer.",
		Checks: []string{
			"Is the pool used up (prx-sat)?",
			"Do transactions stay open longer than usual?",
			"Are sessions pinned to their connection?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: ofProxy("aws.rds.proxy.database_connections_borrow_latency", "DatabaseConnectionsBorrowLatency", "Average", monitor.Average, of),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(100_000, 30_000), Standard: monitor.AlertAndWarn(300_000, 100_000)},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

func saturation(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "prx-sat",
		Title:  "the proxy's pool is nearly used up",
		Impact: "When it is, requests queue at the proxy.",
		Checks: []string{
			"How many connections do clients hold, and are they pinned?",
			"Do transactions stay open longer than usual?",
			"Can the database allow more connections: MaxACU or class?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: monitor.Percent{
				Part:  ofProxy("aws.rds.proxy.database_connections", "DatabaseConnections", "Maximum", monitor.Maximum, of),
				Whole: ofProxy("aws.rds.proxy.max_database_connections_allowed", "MaxDatabaseConnectionsAllowed", "Maximum", monitor.Maximum, of),
			},
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(85, 70), Standard: monitor.AlertAndWarn(95, 80)},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

func failures(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "prx-fail",
		Title:  "the proxy cannot connect to the database",
		Impact: "Requests that need a new connection fail.",
		Checks: []string{
			"Is the password in the secret the one of the role in the database?",
			"Does the database's group still let the proxy in?",
			"Has the database connections left (aur-conn)?",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: ofProxy("aws.rds.proxy.database_connections_setup_failed", "DatabaseConnectionsSetupFailed", "Sum", monitor.Sum, of),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(5, 1), Standard: monitor.AlertAndWarn(20, 5)},
		Missing: monitor.MissingResolves, Priority: 2,
	}
}

func refusals(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "prx-auth",
		Title:  "the proxy refuses clients",
		Impact: "A service cannot sign in; its requests fail.",
		Checks: []string{
			"Which service logs that it cannot sign in?",
			"Does its role still hold the grant Connect()?",
			"Does it ask for a new token when the old one is 15 minutes old?",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: ofProxy("aws.rds.proxy.client_connections_setup_failed_auth", "ClientConnectionsSetupFailedAuth", "Sum", monitor.Sum, of),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(5, 1), Standard: monitor.AlertAndWarn(20, 5)},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func availability(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "prx-avail",
		Title:  "the proxy does not reach the database",
		Impact: "Requests that need the database wait and then fail.",
		Checks: []string{
			"What is the state of the proxy's target?",
			"Does the database fail over or restart (aur-restart)?",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 10 * time.Minute, Compare: monitor.Below,
			Measure: ofProxy("aws.rds.proxy.availability_percentage", "AvailabilityPercentage", "Minimum", monitor.Minimum, of),
		},
		Levels:  monitor.Levels{Critical: monitor.Alert(100), Standard: monitor.Alert(95)},
		Missing: monitor.MissingShows, Priority: 2,
	}
}
