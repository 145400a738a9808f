package tenantguard

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAuditNamesWhatNoEventTriggerSees changes roles and settings of the whole
// cluster, so it does not run in parallel and undoes every change.
func TestAuditNamesWhatNoEventTriggerSees(t *testing.T) {
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	found, err := Verify(ctx, admin)
	require.NoError(t, err)
	require.Empty(t, found)

	for _, c := range []struct{ name, rule, object, change, undo string }{
		{"a superuser", "role-bypasses", "x", "create role x superuser", "drop role x"},
		{"a role with BYPASSRLS", "role-bypasses", "x", "create role x bypassrls", "drop role x"},
		{"the application with BYPASSRLS", "role-bypasses", "tenfold_app", "alter role tenfold_app bypassrls", "alter role tenfold_app nobypassrls"},
		{"a role that replicates", "role-replicates", "x", "create role x replication", "drop role x"},
		{"an application login that makes roles", "role-administers", appLogin, "alter role " + appLogin + " createrole", "alter role " + appLogin + " nocreaterole"},
		{"a group that logs in", "group-logs-in", "tenfold_owner", "alter role tenfold_owner login", "alter role tenfold_owner nologin"},
		{"a login of application and platform", "app-membership", appLogin, "grant tenfold_platform to " + appLogin, "revoke tenfold_platform from " + appLogin},
		{"a login of application and owner", "app-membership", appLogin, "grant tenfold_owner to " + appLogin, "revoke tenfold_owner from " + appLogin},
		{"a login of application and migrator", "app-membership", appLogin, "grant tenfold_migrator to " + appLogin, "revoke tenfold_migrator from " + appLogin},
		{"an application login that reads all data", "app-membership", appLogin, "grant pg_read_all_data to " + appLogin, "revoke pg_read_all_data from " + appLogin},
		{"an application login that sees all statements", "app-membership", appLogin, "grant pg_monitor to " + appLogin, "revoke pg_monitor from " + appLogin},
		{"a login that is the owner without SET ROLE", "owner-membership", migratorLogin, "grant tenfold_owner to " + migratorLogin, "revoke tenfold_owner from " + migratorLogin},
		{"a login that is the guard", "owner-membership", migratorLogin, "grant tenfold_guard to " + migratorLogin, "revoke tenfold_guard from " + migratorLogin},
		{"a login of platform and migrator", "platform-membership", platformLogin, "grant tenfold_migrator to " + platformLogin, "revoke tenfold_migrator from " + platformLogin},
		{"a login that reads files", "role-reads-files", migratorLogin, "grant pg_read_server_files to " + migratorLogin, "revoke pg_read_server_files from " + migratorLogin},
		{"a login that may switch triggers off", "parameter", "session_replication_role to " + migratorLogin, "grant set on parameter session_replication_role to " + migratorLogin, "revoke set on parameter session_replication_role from " + migratorLogin},
		{"a login that starts with triggers off", "role-setting", "session_replication_role for " + migratorLogin, "alter role " + migratorLogin + " set session_replication_role = replica", "alter role " + migratorLogin + " reset session_replication_role"},
		{"temporary tables for everybody", "database-privilege", "TEMPORARY to PUBLIC", "do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$", "do $$ begin execute format('revoke temporary on database %I from public', current_database()); end $$"},
		{"schemas by the application", "database-privilege", "CREATE to tenfold_app", "do $$ begin execute format('grant create on database %I to tenfold_app', current_database()); end $$", "do $$ begin execute format('revoke create on database %I from tenfold_app', current_database()); end $$"},
		{"a large object", "large-object", "424242", "select lo_create(424242)", "select lo_unlink(424242)"},
		{"the gate switched off", "gate", "tenancy.ddl_pending", "alter event trigger tenancy_ddl disable; alter event trigger tenancy_drop disable; alter table tenancy.ddl_pending disable trigger check_isolation", "alter table tenancy.ddl_pending enable always trigger check_isolation; alter event trigger tenancy_ddl enable always; alter event trigger tenancy_drop enable always"},
		{"an event trigger switched off", "armed", "tenancy_ddl", "alter event trigger tenancy_ddl disable", "alter event trigger tenancy_ddl enable always"},
		{"a function of the guard replaced", "unchanged", "tenancy", "alter function tenancy.leave() cost 7; alter function tenancy.leave() security invoker", "alter function tenancy.leave() security definer"},
		{"a table of the guard opened", "unchanged", "tenancy", "grant select on tenancy.tenant to tenfold_app", "revoke select on tenancy.tenant from tenfold_app"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mustExec(t, admin, c.change)
			found, err := Verify(ctx, admin)
			mustExec(t, admin, c.undo)
			require.NoError(t, err)
			var named bool
			for _, v := range found {
				named = named || v.Rule == c.rule && v.Object == c.object && v.Scope != ScopeSchema
			}
			assert.True(t, named, "not named among %v", found)
			after, err := Verify(ctx, admin)
			require.NoError(t, err)
			assert.Empty(t, after)
		})
	}
}

func TestServersWithKnownHolesAreNamed(t *testing.T) {
	admin := guarded(t).admin(t)
	for version, holes := range map[int]bool{
		140020: true, 150013: true, 150014: false, 150018: false, 160009: true, 160010: false, 170005: true, 170006: false, 180000: false,
	} {
		assert.Equal(t, holes, scan[bool](t, admin, "select tenancy.known_holes($1)", version), version)
	}
}

func TestMonitoringLoginCountsViolationsAndSeesNoRows(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.admin(t), "create role login_monitor login in role pg_monitor")
	t.Cleanup(func() { mustExec(t, f.admin(t), "drop role login_monitor") })
	conn := f.server.ConnectAs(t, f.dsn, "login_monitor")
	assert.Zero(t, count(t, conn, "select from tenancy.violations()"))
	requireRefused(t, conn, "42501", "select * from app.task")
}

func TestRoleThatReadsAllDataSeesNoTenantRows(t *testing.T) {
	f := guarded(t)
	mustExec(t, f.admin(t), "create role login_reader login in role pg_read_all_data, pg_write_all_data")
	t.Cleanup(func() { mustExec(t, f.admin(t), "drop role login_reader") })
	requireNothing(t, f.server.ConnectAs(t, f.dsn, "login_reader"))
}
