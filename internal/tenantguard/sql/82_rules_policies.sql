-- Rules about policies. Permissive policies are OR-ed, so one more of them can
-- open a table; restrictive ones only narrow and are always allowed.

create or replace function tenancy.policy_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
with tenant_table as materialized (select * from tenancy.tenant_table)
-- rule tenant-policy
select 'tenant-policy', t.name, 'lacks the policy tenancy_tenant in its exact form; call tenancy.protect', ''
from tenant_table t
where not exists (
    select from pg_policy p
    where p.polrelid = t.oid
      and p.polname = 'tenancy_tenant'
      and p.polpermissive
      and p.polcmd = '*'
      and p.polroles @> array['tenfold_app'::regrole::oid, 'tenfold_owner'::regrole::oid]
      and p.polroles <@ array['tenfold_app'::regrole::oid, 'tenfold_owner'::regrole::oid]
      and pg_get_expr(p.polqual, p.polrelid) = '(tenant_id = ( SELECT tenancy.current_tenant() AS current_tenant))'
      and pg_get_expr(p.polwithcheck, p.polrelid) = '(tenant_id = ( SELECT tenancy.current_tenant() AS current_tenant))'
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
      and pg_get_expr(p.polqual, p.polrelid) = 'true'
)
$$;
