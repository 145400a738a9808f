-- Helpers for migrations: keys and indexes that are led by tenant_id, and work on
-- the rows of every tenant in turn. They run with the rights of the caller.

create or replace function tenancy.column_list(columns name[]) returns text
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$ select string_agg(format('%I', c), ', ' order by n) from unnest(array['tenant_id'::name] || columns) with ordinality u(c, n) $$;

create or replace function tenancy.create_primary_key(target regclass, variadic columns name[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$ begin
    execute format('alter table %s add primary key (%s)', target, tenancy.column_list(columns));
end $$;
comment on function tenancy.create_primary_key(regclass, name[]) is
    'Adds the primary key (tenant_id, columns...).';

create or replace function tenancy.create_unique_key(target regclass, variadic columns name[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$ begin
    execute format('alter table %s add unique (%s)', target, tenancy.column_list(columns));
end $$;
comment on function tenancy.create_unique_key(regclass, name[]) is
    'Adds the key unique (tenant_id, columns...).';

create or replace function tenancy.create_index(target regclass, variadic columns name[]) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$ begin
    execute format('create index on %s (%s)', target, tenancy.column_list(columns));
end $$;
comment on function tenancy.create_index(regclass, name[]) is
    'Adds an index on (tenant_id, columns...).';

create or replace function tenancy.create_foreign_key(target regclass, columns name[], referenced regclass, referenced_columns name[], on_delete text default 'no action') returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if on_delete not in ('no action', 'restrict', 'cascade', 'set null') then
        raise exception 'on_delete must be no action, restrict, cascade or set null, got %', on_delete using errcode = '22023';
    end if;
    -- Only the caller's columns may become null; tenant_id stays.
    if on_delete = 'set null' then
        on_delete := on_delete || format(' (%s)', (select string_agg(format('%I', c), ', ') from unnest(columns) c));
    end if;
    execute format('alter table %s add foreign key (%s) references %s (%s) on delete %s',
        target, tenancy.column_list(columns), referenced, tenancy.column_list(referenced_columns), on_delete);
end
$$;
comment on function tenancy.create_foreign_key(regclass, name[], regclass, name[], text) is
    'Adds a foreign key from (tenant_id, columns...) to (tenant_id, referenced_columns...).';

create or replace function tenancy.tenant_ids() returns setof uuid
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$ select t.id from tenancy.tenant t where t.state <> 'erased' order by t.id $$;

create or replace function tenancy.enter_any_state(tenant uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from tenancy.tenant t where t.id = tenant and t.state <> 'erased') then
        raise exception 'tenant % is not registered, or erased', tenant using errcode = '42501';
    end if;
    perform tenancy.bind(tenant, null);
end
$$;

create or replace function tenancy.each_tenant(statement text) returns bigint
    language plpgsql volatile
as $$
declare
    tenant uuid;
    touched bigint;
    total bigint := 0;
begin
    for tenant in select * from tenancy.tenant_ids() loop
        perform tenancy.enter_any_state(tenant);
        execute statement;
        get diagnostics touched = row_count;
        total := total + touched;
    end loop;
    perform tenancy.leave();
    return total;
end
$$;
comment on function tenancy.each_tenant(text) is
    'Runs a statement once under each tenant and returns the number of rows it touched. For backfills: without a tenant the owner sees no rows.';
