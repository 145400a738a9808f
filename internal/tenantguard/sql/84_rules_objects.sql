-- Rules about objects that reach rows without passing the caller's policies.

create or replace function tenancy.object_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
-- rule view
select 'view', r.name, 'reads with the rights of its owner; create it WITH (security_invoker = true)',
       md5(pg_get_viewdef(r.oid))
from tenancy.user_relation r
where r.relkind = 'v'
  and not exists (
    select from pg_options_to_table(r.reloptions) o
    where case o.option_name when 'security_invoker' then o.option_value::boolean end
)
union all
-- rule materialized-view
select 'materialized-view', r.name, 'cannot have row-level security; use a table with tenant_id',
       md5(pg_get_viewdef(r.oid))
from tenancy.user_relation r
where r.relkind = 'm'
union all
-- rule foreign-table
select 'foreign-table', r.name, 'cannot have row-level security; load the data into a table with tenant_id', ''
from tenancy.user_relation r
where r.relkind = 'f'
union all
-- rule rewrite-rule
select 'rewrite-rule', format('%I on %s', w.rulename, r.name), 'rewrites queries with the rights of the owner; use a trigger',
       md5(pg_get_ruledef(w.oid))
from tenancy.user_relation r
join pg_rewrite w on w.ev_class = r.oid
where not (w.rulename = '_RETURN' and r.relkind in ('v', 'm'))
union all
-- rule definer-function
select 'definer-function', format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)),
       'runs with the rights of its owner (SECURITY DEFINER); make it SECURITY INVOKER',
       md5(concat_ws('|', p.prosrc, pg_get_function_sqlbody(p.oid), p.proconfig::text, p.proowner::regrole::text))
from tenancy.code_schema s
join pg_proc p on p.pronamespace = s.oid
where p.prosecdef
  and not (s.name = 'authz' and p.proowner = 'tenfold_guard'::regrole)
  and (
      p.proowner = 'tenfold_owner'::regrole
      or not exists (select from tenancy.hidden_by_extension h where h.classid = 'pg_proc'::regclass and h.objid = p.oid)
)
union all
-- rule leakproof-function
select 'leakproof-function', format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)),
       'is LEAKPROOF and sees rows before the policy has filtered them; make it NOT LEAKPROOF',
       md5(concat_ws('|', p.prosrc, pg_get_function_sqlbody(p.oid)))
from tenancy.code_schema s
join pg_proc p on p.pronamespace = s.oid
where p.proleakproof
  and not exists (select from tenancy.hidden_by_extension h where h.classid = 'pg_proc'::regclass and h.objid = p.oid)
union all
-- rule untrusted-language
select 'untrusted-language', format('%I.%I(%s)', s.name, p.proname, pg_get_function_identity_arguments(p.oid)),
       format('is written in %s, which can read files and open connections', l.lanname), md5(p.prosrc)
from tenancy.code_schema s
join pg_proc p on p.pronamespace = s.oid
join pg_language l on l.oid = p.prolang
where not l.lanpltrusted
  and p.prokind <> 'a' /* an aggregate has no code of its own */
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i') /* part of a range type */
  and not exists (select from tenancy.hidden_by_extension h where h.classid = 'pg_proc'::regclass and h.objid = p.oid)
union all
-- rule extension
select 'extension', e.extname, 'is not known to keep rows apart: it may read files, open connections or run as somebody else', ''
from pg_extension e
where e.extname not in (
    'plpgsql', 'btree_gin', 'btree_gist', 'citext', 'cube', 'earthdistance', 'fuzzystrmatch', 'hstore', 'intarray',
    'isn', 'lo', 'ltree', 'pg_stat_statements', 'pg_trgm', 'pgaudit', 'pgcrypto', 'postgis', 'seg', 'tablefunc',
    'tsm_system_rows', 'tsm_system_time', 'unaccent', 'uuid-ossp', 'vector')
union all
-- rule foreign-server
select 'foreign-server', f.srvname, 'opens connections as another role, also back into this database; remove it', ''
from pg_foreign_server f
union all
-- rule publication
select 'publication', p.pubname, 'copies rows below row-level security; have it exempted with the place they go to', ''
from pg_publication p
$$;
