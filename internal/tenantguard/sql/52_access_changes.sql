-- Changing who may do what: inside a tenant by members with the permission
-- access.manage, across tenants by the platform. Every change is recorded.

insert into authz.permission (key, description) values
    ('access.manage', 'Change members, roles and grants of the tenant and read the record of such changes')
on conflict do nothing;

create or replace function authz.record_change() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    insert into authz.audit (tenant_id, principal_id, action, relation, before, after)
    values (coalesce(new.tenant_id, old.tenant_id), tenancy.current_principal(), lower(tg_op), tg_table_name,
            case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
    return null;
end
$$;

do $protect$
declare
    name text;
    command text;
begin
    foreach name in array array['membership', 'role', 'role_permission', 'membership_role', 'resource_grant', 'audit'] loop
        perform tenancy.protect(format('authz.%I', name)::regclass);
        if name = 'audit' then
            if not exists (select from pg_policy where polrelid = 'authz.audit'::regclass and polname = 'authz_select') then
                perform authz.restrict('authz.audit', 'select', 'access.manage');
            end if;
            continue;
        end if;
        foreach command in array array['insert', 'update', 'delete'] loop
            if not exists (select from pg_policy where polrelid = format('authz.%I', name)::regclass and polname = 'authz_' || command) then
                perform authz.restrict(format('authz.%I', name)::regclass, command, 'access.manage');
            end if;
        end loop;
        if not exists (select from pg_trigger where tgrelid = format('authz.%I', name)::regclass and tgname = 'record_change') then
            execute format('create trigger record_change after insert or update or delete on authz.%I for each row execute function authz.record_change()', name);
        end if;
        execute format('alter table authz.%I enable always trigger record_change', name);
    end loop;
end
$protect$;

create or replace function authz.register_principal(subject text, kind text default 'person') returns uuid
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$ insert into authz.principal (subject, kind) values ($1, $2) returning id $$;
comment on function authz.register_principal(text, text) is
    'Adds a person or a service and returns its id.';

create or replace function authz.disable_principal(principal uuid) returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$ update authz.principal set disabled_at = clock_timestamp() where id = $1 and disabled_at is null $$;
comment on function authz.disable_principal(uuid) is
    'Keeps a principal out of every tenant from the next entry on.';

create or replace function authz.add_first_member(tenant uuid, principal uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform tenancy.admit(tenant);
    perform tenancy.bind(tenant, null);
    if exists (select from authz.membership m where m.tenant_id = tenant) then
        raise exception 'tenant % already has members', tenant
            using errcode = '42501', hint = 'A member with the permission access.manage adds the others.';
    end if;
    insert into authz.membership (tenant_id, principal_id, status) values (tenant, principal, 'active');
    insert into authz.role (tenant_id, key, description) values (tenant, 'administrator', 'Manages members, roles and grants');
    insert into authz.role_permission (tenant_id, role, permission) values (tenant, 'administrator', 'access.manage');
    insert into authz.membership_role (tenant_id, principal_id, role) values (tenant, principal, 'administrator');
    perform tenancy.bind(null, null);
end
$$;
comment on function authz.add_first_member(uuid, uuid) is
    'Makes a principal the administrator of a tenant that has no members yet.';
