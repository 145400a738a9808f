-- Arming: whether the event triggers exist. A managed service demands that they
-- are dropped before a major version upgrade, so taking them away is an ordinary,
-- recorded act; the audit names it until they are back.

create table if not exists tenancy.arming (
    id      bigint generated always as identity primary key,
    at      timestamptz not null default clock_timestamp(),
    login   name not null default session_user,
    armed   boolean not null,
    by_hand boolean not null, -- false where the installation could not arm
    reason  text not null check (reason <> '')
);

create or replace function tenancy.record_arming(armed boolean, by_hand boolean, reason text) returns void
    language sql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$ insert into tenancy.arming (armed, by_hand, reason) values ($1, $2, $3) $$;

-- arm and disarm run with the rights of the caller: only a superuser, or the main
-- user of a managed service, may create event triggers.
create or replace function tenancy.arm(why text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    drop event trigger if exists tenancy_ddl;
    drop event trigger if exists tenancy_drop;
    create event trigger tenancy_ddl on ddl_command_end execute function tenancy.on_ddl();
    create event trigger tenancy_drop on sql_drop execute function tenancy.on_drop();
    alter event trigger tenancy_ddl enable always;
    alter event trigger tenancy_drop enable always;
    perform tenancy.record_arming(true, true, why);
end
$$;

create or replace function tenancy.disarm(why text) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    drop event trigger if exists tenancy_ddl;
    drop event trigger if exists tenancy_drop;
    perform tenancy.record_arming(false, true, why);
end
$$;
