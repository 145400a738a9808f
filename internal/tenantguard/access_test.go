package tenantguard

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// people are the principals of the access tests.
type people struct{ admin, member, outsider string }

// staffed registers principals and lets the administrator of tenant A set up a
// role, a member and a grant, the way an application does.
func staffed(t testing.TB, f fixture) people {
	t.Helper()
	platform := f.platform(t)
	register := func(subject string) string {
		return scan[string](t, platform, "select authz.register_principal($1)::text", subject)
	}
	p := people{admin: register("idp|admin"), member: register("idp|member"), outsider: register("idp|outsider")}
	mustExec(t, platform, "select authz.add_first_member($1, $2)", tenantA, p.admin)
	mustExec(t, platform, "select authz.add_first_member($1, $2)", tenantB, p.outsider)
	mustExec(t, f.migrator(t), `
		insert into authz.permission (key, description) values ('project.read', 'Read projects'), ('project.write', 'Write projects');
		select authz.restrict('app.project', 'select', 'project.read', 'project');
		select authz.restrict('app.project', 'insert', 'project.write'), authz.restrict('app.project', 'update', 'project.write', 'project'), authz.restrict('app.project', 'delete', 'project.write')`)
	inCommitted(t, f.app(t), tenantA, p.admin, `
		insert into authz.role (key) values ('editor');
		insert into authz.role_permission (role, permission) values ('editor', 'project.read'), ('editor', 'project.write');
		insert into authz.membership (principal_id, status) values ('`+p.member+`', 'active')`)
	return p
}

// inCommitted runs statements on behalf of a principal and commits.
func inCommitted(t testing.TB, conn *pgx.Conn, tenant, principal, sql string) {
	t.Helper()
	mustExec(t, conn, "begin; select tenancy.enter('"+tenant+"', '"+principal+"'); "+sql+"; commit")
}

func asPrincipal(t testing.TB, conn *pgx.Conn, tenant, principal string, body func(tx pgx.Tx)) {
	t.Helper()
	inTx(t, conn, func(tx pgx.Tx) {
		mustExec(t, tx, "select tenancy.enter($1, $2)", tenant, principal)
		body(tx)
	})
}

func TestEnteringOnBehalfOfAPrincipalNeedsAnActiveMembership(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	conn, platform := f.app(t), f.platform(t)
	enter := func(tenant, principal string) string {
		return "select tenancy.enter('" + tenant + "', '" + principal + "')"
	}
	require.Nil(t, attempt(t, conn, enter(tenantA, p.member)))
	requireRefused(t, conn, SQLStateRefused, enter(tenantB, p.member))
	requireRefused(t, conn, SQLStateRefused, enter(tenantA, p.outsider))
	requireRefused(t, conn, SQLStateRefused, enter(tenantA, absent))
	requireRefused(t, conn, SQLStateRefused, "select tenancy.enter('"+tenantA+"', null)")

	t.Run("a refused entry leaves no context behind", func(t *testing.T) {
		inTx(t, conn, func(tx pgx.Tx) {
			requireRefused(t, tx, SQLStateRefused, enter(tenantB, p.member))
			requireNothing(t, tx)
		})
		inTx(t, conn, func(tx pgx.Tx) {
			mustExec(t, tx, "do $$ begin perform tenancy.enter('"+tenantB+"'::uuid, '"+p.member+"'::uuid); exception when others then null; end $$")
			requireNothing(t, tx)
		})
	})
	for _, status := range []string{"invited", "suspended", "removed"} {
		t.Run("a membership that is "+status+" is not enough", func(t *testing.T) {
			inCommitted(t, conn, tenantA, p.admin, "update authz.membership set status = '"+status+"' where principal_id = '"+p.member+"'")
			requireRefused(t, conn, SQLStateRefused, enter(tenantA, p.member))
			inCommitted(t, conn, tenantA, p.admin, "update authz.membership set status = 'active' where principal_id = '"+p.member+"'")
		})
	}
	t.Run("a disabled principal is kept out of every tenant", func(t *testing.T) {
		mustExec(t, platform, "select authz.disable_principal($1)", p.outsider)
		requireRefused(t, conn, SQLStateRefused, enter(tenantB, p.outsider))
	})
}

func TestPermissionsNarrowWhatAMemberMayDo(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	conn := f.app(t)

	t.Run("without a role or grant nothing is seen or written", func(t *testing.T) {
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) {
			assert.Zero(t, count(t, tx, "select from app.project"))
			requireRefused(t, tx, SQLStateRefused, "insert into app.project (name) values ('x')")
			assert.False(t, scan[bool](t, tx, "select authz.can('project.read')"))
		})
	})
	t.Run("without a principal nothing is seen", func(t *testing.T) {
		asTenant(t, conn, tenantA, func(tx pgx.Tx) { assert.Zero(t, count(t, tx, "select from app.project")) })
	})
	t.Run("a grant opens one resource", func(t *testing.T) {
		inCommitted(t, conn, tenantA, p.admin, "insert into authz.resource_grant (principal_id, permission, resource_type, resource_id) values ('"+p.member+"', 'project.read', 'project', '"+projectA+"')")
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) {
			assert.Equal(t, "alpha", scan[string](t, tx, "select string_agg(name, ',') from app.project"))
			assert.True(t, scan[bool](t, tx, "select authz.can('project.read', 'project', '"+projectA+"')"))
			assert.False(t, scan[bool](t, tx, "select authz.can('project.write', 'project', '"+projectA+"')"))
			tag, err := tx.Exec(t.Context(), "update app.project set name = 'taken'")
			require.NoError(t, err)
			assert.Zero(t, tag.RowsAffected())
		})
	})
	t.Run("a grant that has expired opens nothing", func(t *testing.T) {
		inCommitted(t, conn, tenantA, p.admin, "update authz.resource_grant set expires_at = now() - interval '1 second'")
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) { assert.Zero(t, count(t, tx, "select from app.project")) })
	})
	t.Run("a grant on the other tenant's resource opens nothing", func(t *testing.T) {
		inCommitted(t, conn, tenantA, p.admin, "insert into authz.resource_grant (principal_id, permission, resource_type, resource_id) values ('"+p.member+"', 'project.read', 'project', '"+projectB+"')")
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) { assert.Zero(t, count(t, tx, "select from app.project")) })
	})
	t.Run("a role opens the tenant's rows and no others", func(t *testing.T) {
		inCommitted(t, conn, tenantA, p.admin, "insert into authz.membership_role (principal_id, role) values ('"+p.member+"', 'editor')")
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) {
			assert.Equal(t, "alpha,second", scan[string](t, tx, "select string_agg(name, ',' order by name) from app.project"))
			mustExec(t, tx, "insert into app.project (name) values ('third')")
			mustExec(t, tx, "delete from app.project where name = 'third'")
		})
	})
	t.Run("a role taken away closes them in the next transaction", func(t *testing.T) {
		inCommitted(t, conn, tenantA, p.admin, "delete from authz.membership_role where principal_id = '"+p.member+"'")
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) { assert.Zero(t, count(t, tx, "select from app.project")) })
	})
	t.Run("the tables stay isolated by the definition", func(t *testing.T) {
		found, err := Verify(t.Context(), f.admin(t))
		require.NoError(t, err)
		assert.Empty(t, found)
	})
}

func TestNobodyWidensHisOwnAccess(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	conn := f.app(t)
	for _, c := range []struct{ name, sql string }{
		{"a role", "insert into authz.membership_role (principal_id, role) values ('" + p.member + "', 'administrator')"},
		{"a permission of a role", "insert into authz.role_permission (role, permission) values ('editor', 'access.manage')"},
		{"a grant", "insert into authz.resource_grant (principal_id, permission, resource_type, resource_id) values ('" + p.member + "', 'project.write', 'project', '" + projectA + "')"},
		{"a role of one's own", "insert into authz.role (key) values ('mine')"},
		{"another member", "insert into authz.membership (principal_id, status) values ('" + p.outsider + "', 'active')"},
		{"membership in the other tenant", "insert into authz.membership (tenant_id, principal_id, status) values ('" + tenantB + "', '" + p.member + "', 'active')"},
		{"a new permission", "insert into authz.permission values ('all', 'everything')"},
		{"a record of one's own", "insert into authz.audit (action, relation) values ('insert', 'role')"},
		{"the registration of principals", "select authz.register_principal('idp|mine')"},
		{"the first member", "select authz.add_first_member('" + tenantB + "', '" + p.member + "')"},
		{"the list of principals", "select * from authz.principal"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) { requireRefused(t, tx, SQLStateRefused, c.sql) })
		})
	}
	t.Run("naming another principal in the variable gains only what is not sealed", func(t *testing.T) {
		// The plain context does not stop SQL of the attacker's choice; this test
		// holds the limit that the threat model states.
		asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) {
			mustExec(t, tx, "select set_config('tenancy.principal', $1, true)", p.admin)
			assert.True(t, scan[bool](t, tx, "select authz.can('access.manage')"))
		})
	})
	t.Run("a tenant that has members gets no second first one", func(t *testing.T) {
		requireRefused(t, f.platform(t), SQLStateRefused, "select authz.add_first_member('"+tenantA+"', '"+p.outsider+"')")
	})
}

func TestChangesOfAccessAreRecordedAndOnlyManagersReadThem(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	conn := f.app(t)
	asPrincipal(t, conn, tenantA, p.admin, func(tx pgx.Tx) {
		assert.Equal(t, 1, count(t, tx, "select from authz.audit where relation = 'role' and action = 'insert' and principal_id = $1 and after ->> 'key' = 'editor'", p.admin))
		requireRefused(t, tx, SQLStateRefused, "delete from authz.audit")
		requireRefused(t, tx, SQLStateRefused, "update authz.audit set principal_id = null")
	})
	asPrincipal(t, conn, tenantA, p.member, func(tx pgx.Tx) { assert.Zero(t, count(t, tx, "select from authz.audit")) })
	asPrincipal(t, conn, tenantB, p.outsider, func(tx pgx.Tx) {
		assert.Zero(t, count(t, tx, "select from authz.audit where tenant_id <> $1", tenantB))
	})
}

func TestEntryByPrincipalLeavesNoOtherWayIn(t *testing.T) {
	f := guarded(t)
	p := staffed(t, f)
	require.NoError(t, SetEntry(t.Context(), f.admin(t), EntryPrincipal))
	conn := f.app(t)
	requireRefused(t, conn, SQLStateRefused, "select tenancy.enter('"+tenantA+"')")
	require.Nil(t, attempt(t, conn, "select tenancy.enter('"+tenantA+"', '"+p.admin+"')"))
}

func TestSealedTokenOfAPrincipalNeedsAMembership(t *testing.T) {
	f, key := sealed(t)
	p := staffedSealed(t, f)
	conn := f.app(t)
	inTx(t, conn, func(tx pgx.Tx) {
		mustExec(t, tx, "select tenancy.enter_sealed($1)", token(t, key, Claims{Tenant: tenantA, Principal: p, Expires: later()}))
		assert.Equal(t, p, scan[string](t, tx, "select tenancy.current_principal()::text"))
		assert.True(t, scan[bool](t, tx, "select authz.can('access.manage')"))
		mustExec(t, tx, "select set_config('tenancy.principal', $1, true)", absent)
		assert.False(t, scan[bool](t, tx, "select tenancy.current_principal() is not null"))
	})
	requireRefused(t, conn, SQLStateRefused, "select tenancy.enter_sealed('"+token(t, key, Claims{Tenant: tenantB, Principal: p, Expires: later()})+"')")
}

func staffedSealed(t testing.TB, f fixture) string {
	t.Helper()
	platform := f.platform(t)
	principal := scan[string](t, platform, "select authz.register_principal('idp|sealed')::text")
	mustExec(t, platform, "select authz.add_first_member($1, $2)", tenantA, principal)
	return principal
}

func TestRestrictRefusesAnUnknownCommand(t *testing.T) {
	f := guarded(t)
	requireRefused(t, f.migrator(t), "22023", "select authz.restrict('app.task', 'truncate', 'project.read')")
	requireRefused(t, f.migrator(t), "22023", "select tenancy.create_foreign_key('app.task', '{project_id}', 'app.project', '{id}', 'cascade; drop table app.task')")
}
