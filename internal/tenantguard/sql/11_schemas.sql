-- Schemas and what PUBLIC loses.
--
--   tenancy  the guard: registry, context, definition, gate
--   authz    principals, memberships, roles and grants inside a tenant

create schema if not exists tenancy authorization tenfold_guard;
create schema if not exists authz authorization tenfold_guard;

do $database$
begin
    -- Temporary tables outlive a transaction on a pooled connection, so the
    -- application has no right to make them.
    execute format('revoke create, temporary on database %I from public', current_database());
    execute format('grant create, temporary on database %I to tenfold_owner', current_database());
end
$database$;

-- Databases that come from version 14 or older still let everybody create here.
revoke create on schema public from public;
grant create, usage on schema public to tenfold_owner;
grant usage on schema public to tenfold_app, tenfold_platform;
