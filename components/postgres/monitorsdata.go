package postgres

import (
	"time"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

func commit(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "aur-commit",
		Title:  "commits are slow",
		Impact: "Everything that writes gets slower.",
		Checks: []string{
			"Do many sessions wait for locks: wait events in Database Insights",
			"Does a job write far more than usual?",
			"The AWS Health Dashboard for Aurora in the region",
		},
		Query: monitor.Query{
			Over: monitor.Average, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: gauge("aws.rds.commit_latency", "CommitLatency", of),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(50, 20), Standard: monitor.AlertAndWarn(100, 50)},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func deadlocks(of []monitor.Dimension) monitor.Spec {
	series := gauge("aws.rds.deadlocks", "Deadlocks", of)
	series.Metric.Count, series.Space = true, monitor.Sum
	return monitor.Spec{
		ID:     "aur-deadlocks",
		Title:  "transactions deadlock",
		Impact: "PostgreSQL ended transactions; requests failed or were repeated.",
		Checks: []string{
			"Which statements: the postgresql log names both sides of each deadlock",
			"Which release began to take locks in another order?",
		},
		Query: monitor.Query{
			Over: monitor.Sum, Window: 15 * time.Minute, Compare: monitor.Above, Measure: series,
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(5, 1), Standard: monitor.AlertAndWarn(20, 5)},
		Missing: monitor.MissingIsZero, Priority: 4,
	}
}

// transactionIDs is about the 2.1 billion after which PostgreSQL stops writing.
func transactionIDs(of []monitor.Dimension) monitor.Spec {
	series := gauge("aws.rds.maximum_used_transaction_ids", "MaximumUsedTransactionIDs", of)
	series.By = nil
	production := monitor.AlertAndWarn(1_000_000_000, 500_000_000)
	return monitor.Spec{
		ID:     "aur-xid",
		Title:  "transaction ids are running out",
		Impact: "PostgreSQL refuses all writes at about 2.1 billion, and getting out takes hours.",
		Checks: []string{
			"Is a transaction, a prepared transaction or a replication slot open for days?",
			"Does autovacuum run and finish on the oldest table?",
		},
		Query: monitor.Query{
			Over: monitor.Maximum, Window: time.Hour, Compare: monitor.Above, Measure: series,
		},
		Levels:  monitor.Levels{Critical: production, Standard: production, Relaxed: monitor.Alert(1_500_000_000)},
		Missing: monitor.MissingShows, Priority: 2,
	}
}

func replicationSlot(of []monitor.Dimension) monitor.Spec {
	const gib = 1 << 30
	return monitor.Spec{
		ID:     "aur-slot",
		Title:  "a replication slot is not read",
		Impact: "The write-ahead log it holds back fills the storage, which is paid for, and keeps vacuum from working.",
		Checks: []string{
			"Which slot: select slot_name, active, restart_lsn from pg_replication_slots",
			"Does its consumer run? If it is gone for good, drop the slot.",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 15 * time.Minute, Compare: monitor.Above,
			Measure: gauge("aws.rds.oldest_replication_slot_lag", "OldestReplicationSlotLag", of),
		},
		Levels: monitor.Levels{
			Critical: monitor.AlertAndWarn(10*gib, 2*gib), Standard: monitor.AlertAndWarn(20*gib, 5*gib),
		},
		Missing: monitor.MissingResolves, Priority: 3,
	}
}

func lag(of []monitor.Dimension) monitor.Spec {
	return monitor.Spec{
		ID:     "aur-lag",
		Title:  "readers lag behind the writer",
		Impact: "What is read is older than it should be, and a failover takes longer.",
		Checks: []string{
			"Is the reader's CPU or capacity at its limit?",
			"Does a long statement run on the reader?",
			"Does a job write far more than usual?",
		},
		Query: monitor.Query{
			Over: monitor.Minimum, Window: 10 * time.Minute, Compare: monitor.Above,
			Measure: gauge("aws.rds.aurora_replica_lag", "AuroraReplicaLag", of),
		},
		Levels:  monitor.Levels{Critical: monitor.AlertAndWarn(1000, 500), Standard: monitor.AlertAndWarn(2000, 1000)},
		Missing: monitor.MissingShows, Priority: 3,
	}
}
