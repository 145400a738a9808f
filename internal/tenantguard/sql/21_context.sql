-- The tenant context: which tenant this transaction works for.
--
-- The context is kept in variables that end with the transaction and carries the
-- start time of the transaction it was entered in. A value that some client left
-- behind with a session-wide SET carries no such time, or an old one, and counts
-- as nothing. Everything happens inside a function, so a connection proxy has no
-- SET to see and no reason to pin the connection.
--
-- The context says which tenant the application chose. It stops forgotten WHERE
-- clauses and leftovers of a pool; it does not stop somebody who runs SQL of his
-- choice as the application. The sealed context does.

create or replace function tenancy.current_tenant() returns uuid
    language sql stable parallel safe
return case
    when current_setting('tenancy.bound', true) = extract(epoch from transaction_timestamp())::text
    then nullif(current_setting('tenancy.tenant', true), '')::uuid
end;
comment on function tenancy.current_tenant() is
    'The tenant of this transaction, NULL when none was entered.';

create or replace function tenancy.current_principal() returns uuid
    language sql stable parallel safe
return case
    when current_setting('tenancy.bound', true) = extract(epoch from transaction_timestamp())::text
    then nullif(current_setting('tenancy.principal', true), '')::uuid
end;
comment on function tenancy.current_principal() is
    'The person or service this transaction acts for, NULL when none was named.';

-- bind writes the context. Nobody but the guard may call it.
create or replace function tenancy.bind(tenant uuid, principal uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('tenancy.tenant', coalesce(tenant::text, ''), true);
    perform set_config('tenancy.principal', coalesce(principal::text, ''), true);
    perform set_config('tenancy.bound', extract(epoch from transaction_timestamp())::text, true);
end
$$;

-- admit checks that the tenant may be entered now.
create or replace function tenancy.admit(tenant uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    found_state text;
begin
    -- A cursor WITH HOLD keeps the rows of the tenant it was opened under.
    if exists (select from pg_cursors c where c.is_holdable) then
        raise exception 'a cursor declared WITH HOLD is still open on this connection'
            using errcode = '42501', hint = 'Run CLOSE ALL before the connection goes back to its pool.';
    end if;
    -- Held to the end of the transaction, so that the tenant is not erased under it.
    perform pg_advisory_xact_lock_shared(1952804455, hashtext(tenant::text));
    select t.state into found_state from tenancy.tenant t where t.id = tenant;
    if found_state is null then
        raise exception 'tenant % is not registered', coalesce(tenant::text, 'NULL') using errcode = '42501';
    elsif found_state = 'exporting' then
        set local transaction_read_only = on;
    elsif found_state <> 'active' then
        raise exception 'tenant % is %', tenant, found_state
            using errcode = '42501', hint = 'Only an active tenant can be entered.';
    end if;
end
$$;

create or replace function tenancy.enter(tenant uuid) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    perform tenancy.admit(tenant);
    perform tenancy.bind(tenant, null);
end
$$;
comment on function tenancy.enter(uuid) is
    'Makes the rest of this transaction work for one tenant, without a principal.';

create or replace function tenancy.leave() returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$ select tenancy.bind(null, null) $$;
comment on function tenancy.leave() is
    'Ends the tenant context before the transaction ends.';
