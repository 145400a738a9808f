package tenantguard

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scene is a state of the guard that the definition has to name.
type scene struct{ name, sql, finding string }

const (
	rightDDL  = "create event trigger tenancy_ddl on ddl_command_end execute function tenancy.on_ddl(); alter event trigger tenancy_ddl enable always"
	rightGate = "create constraint trigger check_isolation after insert on tenancy.ddl_pending deferrable initially deferred for each row execute function tenancy.check_isolation(); alter table tenancy.ddl_pending enable always trigger check_isolation"
	noGate    = "drop event trigger tenancy_ddl; drop event trigger tenancy_drop; drop trigger check_isolation on tenancy.ddl_pending; "
)

var guardScenes = []scene{
	{"event trigger missing", "drop event trigger tenancy_ddl", "armed tenancy_ddl"},
	{"event trigger under another name", "drop event trigger tenancy_ddl; " + strings.ReplaceAll(rightDDL, "tenancy_ddl", "other"), "armed tenancy_ddl"},
	{"event trigger of another event", "drop event trigger tenancy_ddl; " + strings.Replace(rightDDL, "ddl_command_end", "sql_drop", 1), "armed tenancy_ddl"},
	{"event trigger of another function", "drop event trigger tenancy_ddl; create function app.quiet() returns event_trigger language plpgsql as 'begin end'; " + strings.Replace(rightDDL, "tenancy.on_ddl()", "app.quiet()", 1), "armed tenancy_ddl"},
	{"event trigger for some commands", "drop event trigger tenancy_ddl; " + strings.Replace(rightDDL, " execute", " when tag in ('CREATE TABLE') execute", 1), "armed tenancy_ddl"},
	{"event trigger that rests in replica mode", "alter event trigger tenancy_ddl enable", "armed tenancy_ddl"},
	{"drop trigger missing", "drop event trigger tenancy_drop", "armed tenancy_drop"},
	{"gate missing", noGate, "gate tenancy.ddl_pending"},
	{"gate on another table", noGate + strings.ReplaceAll(rightGate, "ddl_pending", "gate"), "gate tenancy.ddl_pending"},
	{"gate of another function", noGate + "create function app.nothing() returns trigger language plpgsql as 'begin return null; end'; " + strings.Replace(rightGate, "tenancy.check_isolation()", "app.nothing()", 1), "gate tenancy.ddl_pending"},
	{"gate on update", noGate + strings.Replace(rightGate, "after insert", "after update", 1), "gate tenancy.ddl_pending"},
	{"gate at once instead of at commit", noGate + strings.Replace(rightGate, "initially deferred", "initially immediate", 1), "gate tenancy.ddl_pending"},
	{"gate that rests in replica mode", noGate + strings.Split(rightGate, "; ")[0], "gate tenancy.ddl_pending"},
	{"guard changed", "drop event trigger tenancy_ddl; alter function tenancy.leave() cost 9; comment on function tenancy.leave() is 'x'; grant execute on function tenancy.bind(uuid, uuid) to tenfold_app", "unchanged tenancy"},
}

// TestDroppingAnyClauseAboutTheGuardIsNoticed does the same for the rules about
// the guard itself, in every scene.
func TestDroppingAnyClauseAboutTheGuardIsNoticed(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	rules, err := readFile("87_rules_guard.sql")
	require.NoError(t, err)
	admin := f.admin(t)
	killed := map[string]bool{}
	all := mutants(rules.SQL, "tenancy.guard_violations()")
	require.Greater(t, len(all), 10)
	for _, s := range guardScenes {
		t.Run(s.name, func(t *testing.T) {
			inTx(t, admin, func(tx pgx.Tx) {
				require.NoError(t, run(ctx, tx, File{Name: s.name, SQL: s.sql}))
				baseline, err := findings(ctx, tx, "tenancy.guard_violations()")
				require.NoError(t, err)
				assert.Contains(t, baseline, s.finding)
				for _, m := range all {
					sub, err := tx.Begin(ctx)
					require.NoError(t, err)
					hash := scan[string](t, sub, "select coalesce((select catalog_hash from tenancy.installation order by id desc limit 1), '')")
					require.NoError(t, run(ctx, sub, File{Name: "mutant", SQL: m.sql}), m.removed)
					// The mutant itself is a change of the guard and not what is asked about here.
					if !strings.Contains(strings.Join(baseline, "\n"), "unchanged") {
						mustExec(t, sub, "update tenancy.installation set catalog_hash = tenancy.guard_hash() where catalog_hash = $1", hash)
					}
					got, err := findings(ctx, sub, "tenancy.guard_violations()")
					killed[m.removed] = killed[m.removed] || err != nil || !slices.Equal(got, baseline)
					require.NoError(t, sub.Rollback(ctx))
				}
			})
		})
	}
	for _, m := range all {
		assert.True(t, killed[m.removed], "nobody noticed that this is gone:\n%s", m.removed)
	}
}
