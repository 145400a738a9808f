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
begin
    if not exists (select from pg_policy p where p.polrelid = target and p.polname = 'tenancy_tenant') then
        execute format(
            'create policy tenancy_tenant on %s to tenfold_app, tenfold_owner'
            ' using (tenant_id = (select tenancy.current_tenant()))'
            ' with check (tenant_id = (select tenancy.current_tenant()))', target);
    end if;
    if not exists (select from pg_policy p where p.polrelid = target and p.polname = 'tenancy_platform') then
        execute format('create policy tenancy_platform on %s for select to tenfold_platform using (true)', target);
    end if;
    -- A partitioned table holds no rows. A trigger on it would be copied to its
    -- partitions and collide with theirs when one is attached.
    if (select c.relkind = 'r' from pg_class c where c.oid = target)
       and not exists (select from pg_trigger g where g.tgrelid = target and g.tgname = 'zz_tenancy_immutable') then
        execute format(
            'create trigger zz_tenancy_immutable before update on %s for each row'
            ' when (old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row()', target);
    end if;
    if (select c.relkind = 'r' from pg_class c where c.oid = target) then
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
    'Gives a table with tenant_id its policies and trigger. New tables get it by themselves.';
