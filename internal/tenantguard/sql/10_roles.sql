-- Roles. All are groups: nobody logs in as one of them, so none of them can ever
-- be a session user and hand itself out. Logins are made members of exactly one.
--
--   tenfold_guard     owns the guard; holds tenfold_owner to repair tables
--   tenfold_owner     owns the application's schemas and tables
--   tenfold_app       reads and writes the rows of the tenant it entered
--   tenfold_platform  reads every tenant where a table is granted to it
--   tenfold_migrator  becomes tenfold_owner with SET ROLE, never by inheritance
--
-- None has BYPASSRLS: managed services refuse to hand it out, and a role-scoped
-- policy does the same work on every server.

do $roles$
declare
    wanted record;
begin
    for wanted in
        select * from (values
            ('tenfold_guard', 'nologin'),
            ('tenfold_owner', 'nologin'),
            ('tenfold_app', 'nologin'),
            ('tenfold_platform', 'nologin'),
            ('tenfold_migrator', 'nologin noinherit')) as w(name, attributes)
    loop
        if to_regrole(wanted.name) is null then
            begin
                execute format('create role %I %s', wanted.name, wanted.attributes);
            exception when duplicate_object or unique_violation then
                null; -- another database of this cluster installs at the same moment
            end;
        end if;
    end loop;

    -- The attribute NOINHERIT of the migrator makes this grant one that needs an
    -- explicit SET ROLE, up to version 15 by the attribute itself and from 16 on
    -- as the default of the grant.
    for wanted in
        select * from (values
            ('tenfold_owner', 'tenfold_guard'),
            ('tenfold_owner', 'tenfold_migrator')) as w(name, member)
    loop
        if not pg_has_role(wanted.member, wanted.name, 'member') then
            execute format('grant %I to %I', wanted.name, wanted.member);
        end if;
    end loop;

    -- A main user without superuser rights creates the guard's objects on behalf
    -- of tenfold_guard and therefore has to be a member.
    if not (select rolsuper from pg_roles where rolname = current_user) then
        execute format('grant tenfold_guard to %I', current_user);
    end if;
end
$roles$;
