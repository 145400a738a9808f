-- Rules about keys. Unique checks and foreign keys look below policies: without
-- tenant_id they tell one tenant what another one has, or let it point there.

create or replace function tenancy.key_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
with tenant_table as materialized (select * from tenancy.tenant_table),
global_table as materialized (select * from tenancy.global_table)
-- rule unique-key
select 'unique-key', format('%I on %s', c.relname, t.name),
       'is unique over all tenants and tells one that another has the value; lead the key with tenant_id',
       md5(pg_get_indexdef(i.indexrelid))
from tenant_table t
join pg_index i on i.indrelid = t.oid
join pg_class c on c.oid = i.indexrelid
where i.indisunique
  and not exists (
    select from pg_attribute a
    where a.attrelid = t.oid
      and a.attname = 'tenant_id'
      and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]) /* columns of INCLUDE do not count */
    offset 0
)
union all
-- rule exclusion-key
select 'exclusion-key', format('%I on %s', k.conname, t.name),
       'excludes over all tenants and tells one that another has the value; add tenant_id WITH =',
       md5(pg_get_constraintdef(k.oid))
from tenant_table t
join pg_constraint k on k.conrelid = t.oid
where k.contype = 'x'
  and not exists (
    select from unnest(k.conkey, k.conexclop) x(attnum, operator)
    join pg_attribute a on a.attrelid = t.oid and a.attnum = x.attnum
    where a.attname = 'tenant_id'
      and x.operator = '=(uuid,uuid)'::regoperator
    offset 0
)
union all
-- rule foreign-key
select 'foreign-key', format('%I on %s', k.conname, t.name),
       format('can point to a row of another tenant in %s; reference (tenant_id, ...) from (tenant_id, ...)', k.confrelid::regclass),
       md5(pg_get_constraintdef(k.oid))
from tenant_table t
join pg_constraint k on k.conrelid = t.oid and k.contype = 'f'
join tenant_table f on f.oid = k.confrelid
where not exists (
    select from unnest(k.conkey, k.confkey) x(here, there)
    join pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.here
    join pg_attribute b on b.attrelid = k.confrelid and b.attnum = x.there
    where a.attname = 'tenant_id'
      and b.attname = 'tenant_id'
    offset 0
)
union all
-- rule foreign-key-from-global
select 'foreign-key-from-global', format('%I on %s', k.conname, g.name),
       format('makes the global table show which rows %s has', f.name),
       md5(pg_get_constraintdef(k.oid))
from global_table g
join pg_constraint k on k.conrelid = g.oid and k.contype = 'f'
join tenant_table f on f.oid = k.confrelid
$$;
