-- What a tenant table gets: forced row-level security, the two policies and the
-- trigger that keeps tenant_id as it is.

create or replace function tenancy.refuse_moved_row() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'tenant_id of %.% cannot change', tg_table_schema, tg_table_name
        using errcode = '42501', hint = 'Insert the row under the other tenant and delete it here.';
end
$$;

create or replace function tenancy.protect(target regclass) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    policy name;
begin
    -- Policies of these names that somebody altered are replaced.
    for policy in
        select p.polname from pg_policy p
        where p.polrelid = target and p.polname in ('tenancy_tenant', 'tenancy_platform')
    loop
        execute format('drop policy %I on %s', policy, target);
    end loop;
    execute format(
        'create policy tenancy_tenant on %s to tenfold_app, tenfold_owner'
        ' using (tenant_id = (select tenancy.current_tenant()))'
        ' with check (tenant_id = (select tenancy.current_tenant()))', target);
    execute format('create policy tenancy_platform on %s for select to tenfold_platform using (true)', target);
    -- A partitioned table holds no rows. A trigger on it would be copied to its
    -- partitions and collide with theirs when one is attached.
    if (select c.relkind = 'r' from pg_class c where c.oid = target) then
        execute format(
            'create or replace trigger zz_tenancy_immutable before update on %s for each row'
            ' when (old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row()', target);
        execute format('alter table %s enable always trigger zz_tenancy_immutable', target);
    end if;
    if not exists (select from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
                   where d.adrelid = target and a.attname = 'tenant_id') then
        execute format('alter table %s alter column tenant_id set default tenancy.current_tenant()', target);
    end if;
    execute format('alter table %s enable row level security, force row level security', target);
end
$$;
comment on function tenancy.protect(regclass) is
    'Gives a table with tenant_id its policies and trigger, or gives them back. New tables get them by themselves.';
