-- What a principal may do. The functions run as the guard and read the tables of
-- the tenant in context only, so a policy may call them without recursion.

create or replace function authz.require_membership(tenant uuid, principal uuid) returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (
        select from authz.membership m
        join authz.principal p on p.id = m.principal_id
        where m.tenant_id = tenant
          and m.principal_id = principal
          and m.status = 'active'
          and p.disabled_at is null)
    then
        raise exception 'principal % is not an active member of tenant %', coalesce(principal::text, 'NULL'), tenant
            using errcode = '42501';
    end if;
end
$$;

create or replace function tenancy.enter(tenant uuid, principal uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform tenancy.admit(tenant);
    perform tenancy.bind(tenant, principal);
    perform authz.require_membership(tenant, principal); -- reads under the context just bound; an error unbinds it
end
$$;
comment on function tenancy.enter(uuid, uuid) is
    'Makes the rest of this transaction work for one tenant on behalf of an active member of it.';

create or replace function authz.can(permission text) returns boolean
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select exists (
        select from authz.membership_role mr
        join authz.role_permission rp on rp.tenant_id = mr.tenant_id and rp.role = mr.role
        where mr.tenant_id = tenancy.current_tenant()
          and mr.principal_id = tenancy.current_principal()
          and rp.permission = $1)
$$;
comment on function authz.can(text) is
    'Whether a role of the current principal holds the permission for the whole tenant.';

create or replace function authz.granted(permission text, resource_type text) returns setof uuid
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select g.resource_id from authz.resource_grant g
    where g.tenant_id = tenancy.current_tenant()
      and g.principal_id = tenancy.current_principal()
      and g.permission = $1
      and g.resource_type = $2
      and (g.expires_at is null or g.expires_at > transaction_timestamp())
$$;
comment on function authz.granted(text, text) is
    'The resources of one type the current principal holds the permission for, one by one.';

create or replace function authz.can(permission text, resource_type text, resource_id uuid) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$ select authz.can($1) or exists (select from authz.granted($1, $2) g(id) where g.id = $3) $$;
comment on function authz.can(text, text, uuid) is
    'Whether the current principal holds the permission for one resource, by role or by grant.';

create or replace function authz.restrict(target regclass, command text, permission text, resource_type text default null, id_column name default 'id') returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    condition text := format('(select authz.can(%L))', permission);
    clauses text;
begin
    if command not in ('select', 'insert', 'update', 'delete') then
        raise exception 'command must be select, insert, update or delete, got %', command using errcode = '22023';
    end if;
    if resource_type is not null then
        condition := format('%s or %I in (select authz.granted(%L, %L))', condition, id_column, permission, resource_type);
    end if;
    clauses := case command
        when 'insert' then format('with check (%s)', condition)
        when 'update' then format('using (%s) with check (%s)', condition, condition)
        else format('using (%s)', condition)
    end;
    execute format('create policy %I on %s as restrictive for %s to tenfold_app %s', 'authz_' || command, target, command, clauses);
end
$$;
comment on function authz.restrict(regclass, text, text, text, name) is
    'Narrows a command on a table to principals with a permission, by role or, with a resource type, by grant.';
