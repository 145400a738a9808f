-- Rules about privileges. TRUNCATE ignores policies; REFERENCES and TRIGGER plant
-- checks and code that run with the rights of somebody else.

create or replace function tenancy.privilege_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
with granted as (
    select r.oid, r.name, r.relkind, x.grantee, x.privilege_type, x.is_grantable
    from tenancy.user_relation r
    cross join lateral aclexplode(r.relacl) x
    where x.grantee <> r.relowner
    union all
    select r.oid, format('%s.%I', r.name, a.attname), r.relkind, x.grantee, x.privilege_type, x.is_grantable
    from tenancy.user_relation r
    join pg_attribute a on a.attrelid = r.oid and a.attacl is not null
    cross join lateral aclexplode(a.attacl) x
    where x.grantee <> r.relowner
), foreign_hands as (
    select g.*, case g.grantee when 0 then 'PUBLIC' else g.grantee::regrole::text end as holder
    from granted g
    where g.grantee not in ('tenfold_owner'::regrole, 'tenfold_guard'::regrole)
)
-- rule grantee
select 'grantee', format('%s to %s', f.name, f.holder),
       format('%s is granted to %s; grant to tenfold_app or tenfold_platform only', f.privilege_type, f.holder), ''
from foreign_hands f
where f.grantee not in ('tenfold_app'::regrole, 'tenfold_platform'::regrole)
union all
-- rule privilege
select 'privilege', format('%s to %s', f.name, f.holder),
       format('%s goes around row-level security; revoke it', f.privilege_type), ''
from foreign_hands f
where f.relkind <> 'S'
  and f.privilege_type not in ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
union all
-- rule grant-option
select 'grant-option', format('%s to %s', f.name, f.holder),
       format('%s may be handed on; revoke the grant option', f.privilege_type), ''
from foreign_hands f
where f.is_grantable
union all
-- rule platform-writes
select 'platform-writes', format('%s to %s', f.name, f.holder),
       format('%s lets the platform change rows of every tenant; revoke it', f.privilege_type), ''
from foreign_hands f
where f.grantee = 'tenfold_platform'::regrole
  and f.relkind <> 'S'
  and f.privilege_type in ('INSERT', 'UPDATE', 'DELETE')
union all
-- rule sequence-privilege
select 'sequence-privilege', format('%s to %s', f.name, f.holder),
       format('%s on a sequence shows how many rows all tenants together made; use uuid keys', f.privilege_type), ''
from foreign_hands f
where f.relkind = 'S'
  and f.grantee <> 'tenfold_platform'::regrole
union all
-- rule global-table-writable
select 'global-table-writable', format('%s to %s', f.name, f.holder),
       format('%s on a global table lets one tenant write what all read; revoke it', f.privilege_type), ''
from foreign_hands f
join tenancy.global_table t on t.oid = f.oid
where f.grantee = 'tenfold_app'::regrole
  and f.privilege_type in ('INSERT', 'UPDATE', 'DELETE')
union all
-- rule schema-create
select 'schema-create', format('%I to %s', s.name, case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end),
       'may create objects there and put them in front of the real ones; revoke CREATE', ''
from tenancy.user_schema s
cross join lateral aclexplode(s.nspacl) x
where x.privilege_type = 'CREATE'
  and x.grantee <> s.nspowner
  and x.grantee not in ('tenfold_owner'::regrole, 'tenfold_guard'::regrole)
union all
-- rule schema-owner
select 'schema-owner', format('%I', s.name),
       format('belongs to %s, who reaches application data; give it to tenfold_owner', s.nspowner::regrole), ''
from tenancy.user_schema s
join pg_roles o on o.oid = s.nspowner
where not o.rolsuper
  and (pg_has_role(o.oid, 'tenfold_app', 'member') or pg_has_role(o.oid, 'tenfold_platform', 'member'))
$$;
