-- Schemas and what PUBLIC loses.
--
--   tenancy  the guard: registry, context, definition, gate
--   authz    principals, memberships, roles and grants inside a tenant

create schema if not exists tenancy authorization tenfold_guard;
create schema if not exists authz authorization tenfold_guard;

-- Databases that come from version 14 or older still let everybody create here.
revoke create on schema public from public;
grant create, usage on schema public to tenfold_owner;
grant usage on schema public to tenfold_app, tenfold_platform;
