-- Who may call and read what. Everything is revoked first, so that a function
-- added later is closed until it is named here.

alter default privileges for role tenfold_owner grant select, insert, update, delete on tables to tenfold_app;
alter default privileges for role tenfold_owner revoke execute on functions from public;
alter default privileges for role tenfold_owner grant execute on functions to tenfold_app;
alter default privileges for role tenfold_guard revoke execute on functions from public;

grant usage on schema tenancy, authz to tenfold_app, tenfold_platform, tenfold_owner, tenfold_migrator, pg_monitor;

revoke all on all functions in schema tenancy, authz from public, tenfold_app, tenfold_platform, tenfold_owner, tenfold_migrator;
revoke all on all tables in schema tenancy, authz from public, tenfold_app, tenfold_platform, tenfold_owner, tenfold_migrator;

grant execute on function tenancy.current_tenant(), tenancy.current_principal(), tenancy.leave(), tenancy.check_login()
    to tenfold_app, tenfold_platform, tenfold_owner;
grant execute on function tenancy.register_tenant(uuid, text), tenancy.set_tenant_state(uuid, text, text),
    authz.register_principal(text, text), authz.disable_principal(uuid), authz.add_first_member(uuid, uuid)
    to tenfold_platform;
grant execute on function tenancy.protect(regclass), tenancy.refuse_moved_row(), tenancy.create_primary_key(regclass, name[]),
    tenancy.create_unique_key(regclass, name[]), tenancy.create_index(regclass, name[]),
    tenancy.create_foreign_key(regclass, name[], regclass, name[], text), tenancy.column_list(name[]),
    tenancy.tenant_ids(), tenancy.enter_any_state(uuid), tenancy.each_tenant(text),
    tenancy.leaf_tables(), tenancy.mark_erased(uuid, text), tenancy.erase_tenant(uuid, text),
    authz.restrict(regclass, text, text, text, name)
    to tenfold_owner;
grant execute on function tenancy.violations(boolean) to tenfold_owner, tenfold_migrator, tenfold_platform, pg_monitor;
grant execute on function authz.can(text), authz.granted(text, text), authz.can(text, text, uuid)
    to tenfold_app, tenfold_owner;

grant select on tenancy.tenant, tenancy.tenant_event to tenfold_platform;
grant select, insert, update, delete on authz.membership, authz.role, authz.role_permission,
    authz.membership_role, authz.resource_grant to tenfold_app;
grant select on authz.audit, authz.permission to tenfold_app;
grant select on authz.principal, authz.permission, authz.membership, authz.role, authz.role_permission,
    authz.membership_role, authz.resource_grant, authz.audit to tenfold_platform;
grant select, insert, update on authz.permission to tenfold_owner;
grant select, delete on authz.membership, authz.role, authz.role_permission, authz.membership_role,
    authz.resource_grant, authz.audit to tenfold_owner;
grant select, references on authz.principal, authz.membership to tenfold_owner;

do $entry$
declare
    entry text := (select s.entry from tenancy.setting s);
begin
    -- The owner enters tenants for backfills; it sees no more than one at a time.
    if entry = 'sealed' then
        grant execute on function tenancy.enter_sealed(text) to tenfold_app, tenfold_owner;
    elsif entry = 'principal' then
        grant execute on function tenancy.enter(uuid, uuid) to tenfold_app, tenfold_owner;
    else
        grant execute on function tenancy.enter(uuid), tenancy.enter(uuid, uuid) to tenfold_app, tenfold_owner;
    end if;
end
$entry$;
