-- Rules about tables: the tenant column and what protects it. Every rule is one
-- clause, headed by its name; every line that starts with "and" is a condition of
-- its own, and the tests fail when either is taken out.

create or replace function tenancy.table_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
with user_relation as materialized (select * from tenancy.user_relation),
own_table as materialized (select * from tenancy.own_table),
tenant_table as materialized (select * from tenancy.tenant_table),
global_table as materialized (select * from tenancy.global_table),
right_condition as materialized (
    select c.condition, c.tenant_column
    from (
        select distinct g.tgqual::text, t.tenant_column
        from tenant_table t
        join pg_trigger g on g.tgrelid = t.oid and g.tgname = 'zz_tenancy_immutable'
        offset 0 /* not before the duplicates are gone */
    ) c(condition, tenant_column)
    where tenancy.tree(c.condition, c.tenant_column) = (
        select tenancy.tree(g.tgqual::text, 1::smallint) from pg_trigger g where g.tgrelid = 'tenancy.model'::regclass)
)
-- rule tenant-column
select 'tenant-column', t.name,
       'has no plain column tenant_id uuid not null; add it, or have the table exempted as a global one', ''
from own_table t
where not exists (
    select from pg_attribute a
    where a.attrelid = t.oid
      and a.attname = 'tenant_id'
      and a.atttypid = 'uuid'::regtype
      and a.attnotnull
      and a.attgenerated = ''
    offset 0
)
union all
-- rule global-table-with-tenant
select 'global-table-with-tenant', t.name,
       'is exempted as a global table but has a column tenant_id; withdraw the exemption', ''
from global_table t
where exists (
    select from pg_attribute a
    where a.attrelid = t.oid
      and a.attname = 'tenant_id'
    offset 0
)
union all
-- rule owner
select 'owner', r.name,
       format('belongs to %s; give it to tenfold_owner, or create it after SET ROLE tenfold_owner', r.relowner::regrole), ''
from user_relation r
where r.relkind <> 'S'
  and r.relowner <> 'tenfold_owner'::regrole
  and not (r.relowner = 'tenfold_guard'::regrole and r.name like 'authz.%')
union all
-- rule row-security
select 'row-security', t.name, 'has row-level security switched off; call tenancy.protect', ''
from tenant_table t
where not t.relrowsecurity
union all
-- rule forced-row-security
select 'forced-row-security', t.name, 'does not force row-level security on its owner; call tenancy.protect', ''
from tenant_table t
where not t.relforcerowsecurity
union all
-- rule tenant-index
select 'tenant-index', t.name,
       'has no whole, valid index led by tenant_id; make the primary key (tenant_id, ...) or call tenancy.create_index', ''
from tenant_table t
where not exists (
    select from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
    where i.indrelid = t.oid
      and a.attname = 'tenant_id'
      and i.indisvalid
      and i.indpred is null
    offset 0
)
union all
-- rule immutable-tenant
select 'immutable-tenant', t.name,
       'lets tenant_id be changed: the trigger zz_tenancy_immutable is missing, altered or disabled; call tenancy.protect', ''
from tenant_table t
where t.relkind = 'r'
  and not exists (
    select from pg_trigger g
    where g.tgrelid = t.oid
      and g.tgname = 'zz_tenancy_immutable'
      and g.tgfoid = 'tenancy.refuse_moved_row()'::regprocedure
      and g.tgtype = 19 /* before update, for each row */
      and g.tgenabled = 'A'
      and cardinality(g.tgattr::int2[]) = 0
      and ((g.tgqual::text, t.tenant_column) in (select * from right_condition)) is true
    offset 0
)
union all
-- rule trigger-order
select 'trigger-order', format('%I on %s', g.tgname, t.name),
       'runs after zz_tenancy_immutable and could still move the row; give the trigger a name that sorts before it', ''
from tenant_table t
join pg_trigger g on g.tgrelid = t.oid
where g.tgtype & 19 = 19 /* before update, for each row */
  and g.tgname > 'zz_tenancy_immutable'
union all
-- rule global-parent
select 'global-parent', c.name,
       format('inherits from the global table %s, through which its rows can be read', p.name), ''
from pg_inherits i
join tenant_table c on c.oid = i.inhrelid
join global_table p on p.oid = i.inhparent
union all
-- rule shared-sequence
select 'shared-sequence', format('%s.%I', t.name, a.attname),
       'counts over all tenants, so its values tell one tenant how busy the others are; use uuid with gen_random_uuid()', ''
from tenant_table t
join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef f on f.adrelid = a.attrelid and f.adnum = a.attnum
where a.attidentity <> '' or f.adbin::text like '%:funcid ' || 'pg_catalog.nextval(regclass)'::regprocedure::oid || ' %'
$$;
