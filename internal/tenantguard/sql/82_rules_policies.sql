-- Rules about policies. Permissive policies are OR-ed, so one more of them can
-- open a table. Restrictive ones narrow, as long as they come after the guard's.

create or replace function tenancy.policy_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
with tenant_table as materialized (select * from tenancy.tenant_table),
model as materialized (select * from tenancy.model_policy),
right_condition as materialized (
    select c.expression, c.tenant_column
    from (
        select p.polqual::text, t.tenant_column from tenant_table t join pg_policy p on p.polrelid = t.oid
        union
        select p.polwithcheck::text, t.tenant_column from tenant_table t join pg_policy p on p.polrelid = t.oid
        offset 0 /* not before the duplicates are gone */
    ) c(expression, tenant_column)
    where tenancy.tree(c.expression, c.tenant_column) = (select m.qual from model m where m.polname = 'tenancy_tenant')
)
-- rule tenant-policy
select 'tenant-policy', t.name, format('lacks the policy %I in its exact form; call tenancy.protect', m.polname), ''
from tenant_table t
join model m on m.polname in ('!tenancy_first', 'tenancy_tenant')
where not exists (
    select from pg_policy p
    where p.polrelid = t.oid
      and p.polname = m.polname
      and p.polpermissive = m.polpermissive
      and p.polcmd = '*'
      and p.polroles @> array['tenfold_app'::regrole::oid, 'tenfold_owner'::regrole::oid]
      and p.polroles <@ array['tenfold_app'::regrole::oid, 'tenfold_owner'::regrole::oid]
      and ((p.polqual::text, t.tenant_column) in (select * from right_condition)) is true /* as a hash */
      and ((p.polwithcheck::text, t.tenant_column) in (select * from right_condition)) is true
    offset 0
)
union all
-- rule permissive-policy
select 'permissive-policy', format('%I on %s', p.polname, t.name),
       'opens the table beyond the tenant policy; make it restrictive or drop it',
       md5(concat_ws('|', p.polcmd,
                     (select string_agg(coalesce(m.rolname, 'public'), ',' order by m.rolname)
                      from unnest(p.polroles) u(id) left join pg_roles m on m.oid = u.id),
                     pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)))
from tenant_table t
join pg_policy p on p.polrelid = t.oid
where p.polname <> 'tenancy_tenant'
  and p.polpermissive
  and not (
      p.polname = 'tenancy_platform'
      and p.polcmd = 'r'
      and p.polroles = array['tenfold_platform'::regrole::oid]
      and tenancy.tree(p.polqual::text, t.tenant_column) = (select m.qual from model m where m.polname = p.polname)
)
union all
-- rule policy-order
select 'policy-order', format('%I on %s', p.polname, t.name),
       'is evaluated before "!tenancy_first", on the rows of every tenant; give it a name that begins with a letter', ''
from tenant_table t
join pg_policy p on p.polrelid = t.oid
where not p.polpermissive
  and p.polname < '!tenancy_first'
union all
-- rule policy-on-owner
select 'policy-on-owner', format('%I on %s', p.polname, t.name),
       'also narrows the owner, who backfills and erases rows; create it TO tenfold_app', ''
from tenant_table t
join pg_policy p on p.polrelid = t.oid
where not p.polpermissive
  and p.polname <> '!tenancy_first'
  and p.polroles && array[0::oid, 'tenfold_owner'::regrole::oid]
$$;
