-- Rules about roles and the server. No event trigger sees these change, so the
-- gate cannot refuse them: the audit names them.

create or replace function tenancy.known_holes(version int) returns boolean
    language sql immutable
return case version / 10000
    when 15 then version < 150014
    when 16 then version < 160010
    when 17 then version < 170006
    else version < 150000
end;

create or replace function tenancy.role_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
-- rule role-bypasses
select 'role-bypasses', r.rolname::text,
       case when r.rolsuper then 'is a superuser' else 'has BYPASSRLS' end || '; no policy holds for it', ''
from pg_roles r
where r.rolsuper or r.rolbypassrls
union all
-- rule role-replicates
select 'role-replicates', r.rolname::text, 'has REPLICATION and can read every row from the log; ALTER ROLE ... NOREPLICATION', ''
from pg_roles r
where r.rolreplication
  and not r.rolsuper
union all
-- rule role-administers
select 'role-administers', r.rolname::text,
       'works on application data and has CREATEROLE or CREATEDB; take the attribute away', ''
from pg_roles r
where (r.rolcreaterole or r.rolcreatedb)
  and not r.rolsuper
  and (
      pg_has_role(r.oid, 'tenfold_app', 'member')
      or pg_has_role(r.oid, 'tenfold_platform', 'member')
      or pg_has_role(r.oid, 'tenfold_owner', 'member')
)
union all
-- rule group-logs-in
select 'group-logs-in', r.rolname::text, 'is a group and must stay NOLOGIN; make logins members of it', ''
from pg_roles r
where r.rolname in ('tenfold_guard', 'tenfold_owner', 'tenfold_app', 'tenfold_platform', 'tenfold_migrator')
  and r.rolcanlogin
union all
-- rule app-membership
select 'app-membership', r.rolname::text,
       format('is a member of tenfold_app and of %s, and has the rights of both; use two logins', g.rolname), ''
from pg_roles r
join pg_roles g on g.oid <> r.oid
where not r.rolsuper
  and pg_has_role(r.oid, 'tenfold_app', 'member')
  and pg_has_role(r.oid, g.oid, 'member')
  and not pg_has_role(g.oid, 'tenfold_app', 'member')
  and g.rolname <> 'rds_iam'
union all
-- rule owner-membership
select 'owner-membership', r.rolname::text,
       format('is a member of %s directly; only tenfold_migrator may lead to the owner', g.rolname), ''
from pg_auth_members m
join pg_roles r on r.oid = m.member
join pg_roles g on g.oid = m.roleid
where g.rolname in ('tenfold_owner', 'tenfold_guard')
  and not r.rolsuper
  and not (g.rolname = 'tenfold_owner' and r.rolname in ('tenfold_guard', 'tenfold_migrator'))
union all
-- rule migrator-inherits
select 'migrator-inherits', 'tenfold_migrator', 'has the rights of tenfold_owner without SET ROLE; take the inheritance away', ''
where pg_has_role('tenfold_migrator', 'tenfold_owner', 'usage')
union all
-- rule platform-membership
select 'platform-membership', r.rolname::text,
       format('is a member of tenfold_platform and of %s; use two logins', g.rolname), ''
from pg_roles r
join pg_roles g on g.rolname in ('tenfold_owner', 'tenfold_migrator', 'tenfold_guard')
where not r.rolsuper
  and pg_has_role(r.oid, 'tenfold_platform', 'member')
  and pg_has_role(r.oid, g.oid, 'member')
union all
-- rule role-reads-files
select 'role-reads-files', r.rolname::text,
       format('is a member of %s and can read or write the files below the tables', g.rolname), ''
from pg_roles r
join pg_roles g on g.rolname in ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
where not r.rolsuper
  and r.oid <> g.oid
  and pg_has_role(r.oid, g.oid, 'member')
union all
-- rule parameter
select 'parameter', format('%s to %s', p.parname, case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end),
       'switches triggers off for a session; revoke it', ''
from pg_parameter_acl p
cross join lateral aclexplode(p.paracl) x
where p.parname in ('session_replication_role', 'event_triggers', 'session_preload_libraries')
  and x.grantee <> 10 /* the first superuser */
union all
-- rule role-setting
select 'role-setting', format('%s for %s', split_part(v.setting, '=', 1), coalesce(r.rolname, 'all roles')),
       'switches triggers off from the start of a session; ALTER ROLE ... RESET it', ''
from pg_db_role_setting s
left join pg_roles r on r.oid = s.setrole
cross join lateral unnest(s.setconfig) v(setting)
where v.setting ~ '^(session_replication_role|event_triggers)='
union all
-- rule database-privilege
select 'database-privilege', format('%s to %s', x.privilege_type, case x.grantee when 0 then 'PUBLIC' else x.grantee::regrole::text end),
       'lets rows outlive a transaction in temporary tables, or new schemas appear; revoke it', ''
from pg_database d
cross join lateral aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) x
where d.datname = current_database()
  and x.privilege_type in ('TEMPORARY', 'CREATE')
  and (
      x.grantee = 0
      or exists (
          select from pg_roles r
          where r.oid = x.grantee
            and not r.rolsuper
            and pg_has_role(r.oid, 'tenfold_app', 'member')
      )
)
union all
-- rule large-object
select 'large-object', l.oid::text, 'is readable by its owner login whatever tenant it serves; store bytes in a table', ''
from pg_largeobject_metadata l
union all
-- rule replication-slot
select 'replication-slot', s.slot_name::text, 'copies rows below row-level security; have it exempted with the place they go to', ''
from pg_replication_slots s
where s.database = current_database() /* only logical slots belong to a database */
union all
-- rule server-version
select 'server-version', current_setting('server_version'),
       'has known holes in row-level security (CVE-2024-10976, CVE-2025-8713); use at least 15.14, 16.10 or 17.6', ''
where tenancy.known_holes(current_setting('server_version_num')::int)
$$;
