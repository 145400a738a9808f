-- The tenant registry and its lifecycle.
--
--   active     the application may enter
--   suspended  nobody may enter
--   exporting  the application may enter, read only
--   erased     no rows are left; the line stays, so that an id is never reused

create table if not exists tenancy.tenant (
    id         uuid primary key,
    name       text not null check (name <> ''),
    state      text not null default 'active' check (state in ('active', 'suspended', 'exporting', 'erased')),
    created_at timestamptz not null default clock_timestamp(),
    changed_at timestamptz not null default clock_timestamp()
);

create table if not exists tenancy.tenant_event (
    id        bigint generated always as identity primary key,
    tenant_id uuid not null references tenancy.tenant,
    at        timestamptz not null default clock_timestamp(),
    login     name not null default session_user,
    state     text not null,
    reason    text not null check (reason <> '')
);

create or replace function tenancy.register_tenant(id uuid, name text) returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
    insert into tenancy.tenant (id, name) values ($1, $2);
    insert into tenancy.tenant_event (tenant_id, state, reason) values ($1, 'active', 'registered');
$$;
comment on function tenancy.register_tenant(uuid, text) is
    'Adds a tenant in state active. Ids are never reused.';

create or replace function tenancy.set_tenant_state(tenant uuid, new_state text, why text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    old_state text;
begin
    select t.state into old_state from tenancy.tenant t where t.id = tenant for update;
    if not found then
        raise exception 'tenant % is not registered', tenant
            using errcode = '42501', hint = 'Register it with tenancy.register_tenant.';
    end if;
    if old_state = 'erased' or new_state = 'erased' then
        raise exception 'tenant % cannot go from % to %', tenant, old_state, new_state
            using errcode = '55000', hint = 'Only tenancy.erase_tenant makes a tenant erased, and nothing brings it back.';
    end if;
    update tenancy.tenant t set state = new_state, changed_at = clock_timestamp() where t.id = tenant;
    insert into tenancy.tenant_event (tenant_id, state, reason) values (tenant, new_state, why);
end
$$;
comment on function tenancy.set_tenant_state(uuid, text, text) is
    'Moves a tenant between active, suspended and exporting, with a reason.';
