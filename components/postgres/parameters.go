package postgres

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// own are the parameters that Tenfold sets: TLS only, the limits of the Args, and
// what Datadog's Database Monitoring needs to explain a slow statement.
func (a Args) own() []Parameter {
	return []Parameter{
		{Name: "rds.force_ssl", Value: "1"},
		{Name: "log_min_duration_statement", Value: milliseconds(a.SlowStatement)},
		{Name: "log_lock_waits", Value: "1"},
		{Name: "idle_in_transaction_session_timeout", Value: milliseconds(a.IdleInTransaction)},
		{Name: "shared_preload_libraries", Value: "pg_stat_statements", Static: true},
		{Name: "pg_stat_statements.track", Value: "all"},
		{Name: "pg_stat_statements.track_utility", Value: "0"},
		{Name: "pg_stat_statements.max", Value: "10000", Static: true},
		{Name: "track_activity_query_size", Value: "4096", Static: true},
		{Name: "track_io_timing", Value: "1"},
	}
}

// extendable are the parameters of Tenfold's that Args.Parameters may replace.
var extendable = []string{"shared_preload_libraries", "pg_stat_statements.max", "track_activity_query_size"}

func (a Args) checkParameters(p *problem.List) {
	seen := map[string]bool{}
	for _, given := range a.Parameters {
		p.Check(given.Name != "" && given.Value != "", "Parameters must have a name and a value, got %q = %q", given.Name, given.Value)
		p.Check(!seen[given.Name], "Parameters must not repeat %q; name it once", given.Name)
		seen[given.Name] = true
		if slices.Contains(extendable, given.Name) {
			p.Check(given.Static, "Parameters must mark %q as Static; it takes effect when instances restart", given.Name)
			continue
		}
		for _, own := range a.own() {
			p.Check(own.Name != given.Name, "Parameters must not set %q, which Tenfold sets to %q; use the field of Args if there is one", own.Name, own.Value)
		}
	}
}

// parameters are Tenfold's and the caller's, in order of name.
func (a Args) parameters() rds.ClusterParameterGroupParameterArray {
	all := slices.DeleteFunc(a.own(), func(own Parameter) bool {
		return slices.ContainsFunc(a.Parameters, func(given Parameter) bool { return given.Name == own.Name })
	})
	all = append(all, a.Parameters...)
	slices.SortFunc(all, func(x, y Parameter) int { return cmp.Compare(x.Name, y.Name) })
	made := make(rds.ClusterParameterGroupParameterArray, 0, len(all))
	for _, p := range all {
		method := "immediate"
		if p.Static {
			method = "pending-reboot"
		}
		made = append(made, rds.ClusterParameterGroupParameterArgs{
			Name: pulumi.String(p.Name), Value: pulumi.String(p.Value), ApplyMethod: pulumi.String(method),
		})
	}
	return made
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
