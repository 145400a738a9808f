-- The gate: DDL is logged as it happens, new tables are protected, and a
-- transaction that leaves the schema in violation cannot commit.
--
-- Every transaction with DDL has one line in ddl_pending. A deferred constraint
-- trigger on it runs the definition once, at commit, so a migration may pass
-- through states that are not isolated but cannot end in one.

create table if not exists tenancy.ddl_pending (
    txid xid8 primary key
);

-- Locked while a transaction is checked: two transactions that are each fine may
-- be a violation together, and the second one has to see the first.
create table if not exists tenancy.gate ();

create table if not exists tenancy.ddl_log (
    id          bigint generated always as identity primary key,
    at          timestamptz not null default clock_timestamp(),
    txid        xid8 not null default pg_current_xact_id(),
    login       name not null default session_user,
    role        text not null default current_setting('role'),
    application text not null default current_setting('application_name'),
    command     text not null,
    kind        text,
    object      text
);

create or replace function tenancy.check_isolation() returns trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    number bigint;
    list text;
begin
    -- With an older snapshot the definition would not see what others committed.
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'DDL under isolation level % cannot be checked', current_setting('transaction_isolation')
            using errcode = '0A000', hint = 'Run migrations in READ COMMITTED.';
    end if;
    lock table tenancy.gate in exclusive mode;
    select count(*), string_agg(format('%s: %s %s', v.rule, v.object, v.detail)
               || case v.fingerprint when '' then '' else format(' [fingerprint %s]', v.fingerprint) end, E'\n')
    into number, list
    from tenancy.violations(only_schema => true) v;
    if number > 0 then
        raise exception 'tenant isolation: % violation(s), first %', number, split_part(list, E'\n', 1)
            using errcode = '42501', detail = list,
                  hint = 'Repair them in the same transaction, or have them exempted with tenancy.exempt.';
    end if;
    delete from tenancy.ddl_pending p where p.txid = new.txid;
    return null;
end
$$;

do $trigger$
begin
    if not exists (select from pg_trigger where tgrelid = 'tenancy.ddl_pending'::regclass and tgname = 'check_isolation') then
        create constraint trigger check_isolation after insert on tenancy.ddl_pending
            deferrable initially deferred for each row execute function tenancy.check_isolation();
    end if;
end
$trigger$;
-- Also with session_replication_role = replica, under which plain triggers rest.
alter table tenancy.ddl_pending enable always trigger check_isolation;

-- repair brings a new object into its canonical form, as far as the guard has the
-- rights to: objects of others than tenfold_owner are left to the gate.
create or replace function tenancy.repair(command text, object oid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    name text;
begin
    if command = 'CREATE SCHEMA' then
        select s.name into name from tenancy.user_schema s where s.oid = object and s.nspowner = 'tenfold_owner'::regrole;
        if found then
            execute format('grant usage on schema %I to tenfold_app, tenfold_platform', name);
        end if;
        return;
    end if;
    select t.name into name from tenancy.tenant_table t
    join pg_attribute a on a.attrelid = t.oid and a.attname = 'tenant_id'
    where t.oid = object and t.relowner = 'tenfold_owner'::regrole
      and a.atttypid = 'uuid'::regtype and a.attgenerated = '';
    if found then
        perform tenancy.protect(name::regclass);
        return;
    end if;
    select t.name into name from tenancy.global_table t where t.oid = object and t.relowner = 'tenfold_owner'::regrole;
    if found then
        execute format('revoke insert, update, delete on %s from tenfold_app', name);
    end if;
end
$$;

create or replace function tenancy.on_ddl() returns event_trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
    set quote_all_identifiers = off -- exemptions are found by name
as $$
declare
    c record;
begin
    -- It also takes the groups out of the policies and privileges they are named in.
    if tg_tag = 'DROP OWNED' and not pg_has_role(session_user, 'tenfold_guard', 'member') then
        raise exception 'DROP OWNED takes away what the guard granted'
            using errcode = '42501', hint = 'Drop objects one by one; before a login is dropped, an administrator runs it.';
    end if;
    for c in select * from pg_event_trigger_ddl_commands() loop
        continue when c.schema_name = 'pg_temp' and c.object_type not in ('function', 'procedure');
        insert into tenancy.ddl_pending (txid) values (pg_current_xact_id()) on conflict do nothing;
        insert into tenancy.ddl_log (command, kind, object) values (c.command_tag, c.object_type, c.object_identity);
        if c.command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE SCHEMA')
           and c.object_type in ('table', 'schema') and not c.in_extension then
            perform tenancy.repair(c.command_tag, c.objid);
        end if;
    end loop;
end
$$;

create or replace function tenancy.on_drop() returns event_trigger
    language plpgsql security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    c record;
begin
    for c in select * from pg_event_trigger_dropped_objects() where not is_temporary loop
        insert into tenancy.ddl_pending (txid) values (pg_current_xact_id()) on conflict do nothing;
        if c.original then
            insert into tenancy.ddl_log (command, kind, object) values (tg_tag, c.object_type, c.object_identity);
        end if;
    end loop;
end
$$;
