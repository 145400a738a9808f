-- The definition of isolation, in one place. The gate asks for scope schema at
-- the end of every transaction that changed the schema; the audit, the tests and
-- the migration runner ask for everything.

create or replace function tenancy.raw_violations(only_schema boolean)
    returns table (scope text, rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select 'schema', v.* from tenancy.table_violations() v
    union all
    select 'schema', v.* from tenancy.policy_violations() v
    union all
    select 'schema', v.* from tenancy.key_violations() v
    union all
    select 'schema', v.* from tenancy.object_violations() v
    union all
    select 'schema', v.* from tenancy.privilege_violations() v
    union all
    select 'schema', v.* from tenancy.code_violations() v
    union all
    select 'cluster', v.* from tenancy.role_violations() v where not only_schema
    union all
    select 'guard', v.* from tenancy.guard_violations() v where not only_schema
$$;

create or replace function tenancy.violations(only_schema boolean default false)
    returns table (scope text, rule text, object text, detail text, fingerprint text)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
    -- Names and fingerprints must not depend on what the session has set.
    set quote_all_identifiers = off
    set standard_conforming_strings = on
    set timezone = 'UTC'
    set datestyle = 'ISO'
    set intervalstyle = 'postgres'
    set extra_float_digits = 1
    set bytea_output = 'hex'
as $$
    select distinct v.scope, v.rule, v.object, v.detail, v.fingerprint
    from tenancy.raw_violations(only_schema) v
    where not exists (
        select from tenancy.exemption e
        where e.rule = v.rule
          and e.object = v.object
          and e.fingerprint = v.fingerprint)
    order by 1, 2, 3, 4
$$;
comment on function tenancy.violations(boolean) is
    'Everything that breaks tenant isolation and is not exempted. No rows means isolated.';
