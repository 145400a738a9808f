-- What was installed, and a description of the catalog that is equal when nothing
-- changed. It holds no object ids, so it is the same after a dump and restore.

create table if not exists tenancy.installation (
    id           bigint generated always as identity primary key,
    at           timestamptz not null default clock_timestamp(),
    login        name not null default session_user,
    version      text not null,
    files_hash   text not null,
    catalog_hash text
);

create or replace function tenancy.acl_text(acl aclitem[]) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$ select string_agg(a::text, ',' order by a::text) from unnest(acl) a $$;

-- catalog_lines describes the given schemas, one line an object.
create or replace function tenancy.catalog_lines(schemas name[]) returns setof text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with s as (select n.oid, n.nspname, n.nspowner, n.nspacl from pg_namespace n where n.nspname = any (schemas)),
    r as (select c.*, format('%I.%I', s.nspname, c.relname) as name from pg_class c join s on s.oid = c.relnamespace)
    select concat_ws('|', 'schema', nspname, nspowner::regrole, tenancy.acl_text(nspacl)) from s
    union all
    select concat_ws('|', 'relation', name, relkind, relowner::regrole, tenancy.acl_text(relacl), relrowsecurity, relforcerowsecurity, reloptions, relpersistence)
    from r where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all
    select concat_ws('|', 'column', r.name, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
                     pg_get_expr(d.adbin, d.adrelid), tenancy.acl_text(a.attacl))
    from r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where r.relkind in ('r', 'p', 'v', 'm', 'f')
    union all
    select concat_ws('|', 'view', name, pg_get_viewdef(oid)) from r where relkind in ('v', 'm')
    union all
    select concat_ws('|', 'index', pg_get_indexdef(r.oid), i.indisvalid) from r join pg_index i on i.indexrelid = r.oid
    union all
    select concat_ws('|', 'constraint', r.name, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
    from r join pg_constraint k on k.conrelid = r.oid
    union all
    select concat_ws('|', 'trigger', pg_get_triggerdef(g.oid), g.tgenabled) from r join pg_trigger g on g.tgrelid = r.oid where not g.tgisinternal
    union all
    select concat_ws('|', 'rule', pg_get_ruledef(w.oid)) from r join pg_rewrite w on w.ev_class = r.oid where w.rulename <> '_RETURN'
    union all
    select concat_ws('|', 'policy', r.name, p.polname, p.polcmd, p.polpermissive,
                     (select string_agg(case u when 0 then 'public' else u::regrole::text end, ',' order by u::regrole::text) from unnest(p.polroles) u),
                     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    from r join pg_policy p on p.polrelid = r.oid
    union all
    select concat_ws('|', 'function', s.nspname, p.proname, pg_get_function_identity_arguments(p.oid), pg_get_function_result(p.oid), p.proowner::regrole,
                     tenancy.acl_text(p.proacl), p.prosecdef, p.proleakproof, p.provolatile, p.proparallel, p.proconfig, p.prosrc, pg_get_function_sqlbody(p.oid))
    from s join pg_proc p on p.pronamespace = s.oid where p.prokind <> 'a'
    union all
    select concat_ws('|', 'type', s.nspname, t.typname, t.typtype, (select string_agg(e.enumlabel, ',' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
    from s join pg_type t on t.typnamespace = s.oid where t.typtype in ('e', 'd', 'r')
$$;

create or replace function tenancy.guard_hash() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
    set quote_all_identifiers = off
    set standard_conforming_strings = on
    set timezone = 'UTC'
    set datestyle = 'ISO'
    set intervalstyle = 'postgres'
    set extra_float_digits = 1
    set bytea_output = 'hex'
as $$
    select encode(sha256(convert_to(string_agg(l, E'\n' order by l collate "C"), 'UTF8')), 'hex')
    from tenancy.catalog_lines(array['tenancy', 'authz']::name[]) l
$$;

create or replace function tenancy.catalog_hash() returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
    set quote_all_identifiers = off
    set standard_conforming_strings = on
    set timezone = 'UTC'
    set datestyle = 'ISO'
    set intervalstyle = 'postgres'
    set extra_float_digits = 1
    set bytea_output = 'hex'
as $$
    select encode(sha256(convert_to(string_agg(l, E'\n' order by l collate "C"), 'UTF8')), 'hex')
    from (
        select tenancy.catalog_lines((select array_agg(n.nspname) from pg_namespace n where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'))
        union all
        select concat_ws('|', 'event trigger', e.evtname, e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags) from pg_event_trigger e
        union all
        select concat_ws('|', 'extension', e.extname, e.extversion) from pg_extension e
        union all
        select concat_ws('|', 'default privileges', d.defaclrole::regrole, d.defaclnamespace::regnamespace, d.defaclobjtype, tenancy.acl_text(d.defaclacl)) from pg_default_acl d
        union all
        select concat_ws('|', 'member', m.roleid::regrole, m.member::regrole, m.admin_option) from pg_auth_members m
        where m.roleid::regrole::text like 'tenfold%'
        union all
        select concat_ws('|', 'exemption', x.rule, x.object, x.fingerprint, x.reason, x.approver) from tenancy.exemption x
    ) everything(l)
$$;
comment on function tenancy.catalog_hash() is
    'A digest of schemas, objects, privileges, event triggers and exemptions of this database.';
