-- Erasing a tenant: its rows go, table by table, and its line in the registry
-- stays as a tombstone. Runs as tenfold_owner, because triggers of the
-- application run with the rights of whoever deletes.

create or replace function tenancy.mark_erased(tenant uuid, why text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
begin
    update tenancy.tenant t set state = 'erased', name = 'erased', changed_at = clock_timestamp()
    where t.id = tenant and t.state in ('suspended', 'exporting');
    if not found then
        raise exception 'tenant % is not suspended or exporting', tenant
            using errcode = '55000', hint = 'Suspend it with tenancy.set_tenant_state first.';
    end if;
    insert into tenancy.tenant_event (tenant_id, state, reason) values (tenant, 'erased', why);
end
$$;

create or replace function tenancy.leaf_tables() returns table (oid oid, name text)
    language sql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
    select t.oid, t.name from tenancy.tenant_table t where t.relkind = 'r'
    order by t.name = 'authz.audit', t.name like 'authz.%', t.name
$$;

create or replace function tenancy.erase_tenant(tenant uuid, why text) returns bigint
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    leaf record;
    removed bigint;
    in_round bigint;
    total bigint := 0;
    blocked text[];
begin
    -- Waits for the transactions that entered the tenant while it was active.
    perform pg_advisory_xact_lock(1952804455, hashtext(tenant::text));
    perform tenancy.enter_any_state(tenant);
    -- A table that others still refer to fails and is tried again in the next
    -- round; deleting may also write rows, such as a record of the deletion. The
    -- rounds end with one that finds nothing.
    loop
        blocked := '{}';
        in_round := 0;
        for leaf in select l.name from tenancy.leaf_tables() l loop
            begin
                execute format('delete from %s where tenant_id = $1', leaf.name) using tenant;
                get diagnostics removed = row_count;
                in_round := in_round + removed;
            exception when foreign_key_violation then
                blocked := blocked || leaf.name;
            end;
        end loop;
        total := total + in_round;
        exit when in_round = 0;
    end loop;
    if cardinality(blocked) > 0 then
        raise exception 'rows of tenant % in % refer to each other', tenant, array_to_string(blocked, ', ')
            using errcode = '23503', hint = 'Make the foreign keys between them deferrable, or delete the rows first.';
    end if;
    for leaf in select l.name from tenancy.leaf_tables() l loop
        execute format('select count(*) from %s where tenant_id = $1', leaf.name) into in_round using tenant;
        if in_round > 0 then
            raise exception '% row(s) of tenant % are still in % although they were deleted', in_round, tenant, leaf.name
                using errcode = '55000', hint = 'A trigger on the table keeps them; let it return OLD for DELETE.';
        end if;
    end loop;
    perform tenancy.leave();
    perform tenancy.mark_erased(tenant, why);
    return total;
end
$$;
comment on function tenancy.erase_tenant(uuid, text) is
    'Deletes all rows of a suspended or exporting tenant and returns how many. The id is never used again.';
