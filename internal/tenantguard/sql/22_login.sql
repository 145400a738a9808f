-- What an application asks when it starts: is this connection one that policies
-- hold for?

create or replace function tenancy.check_login() returns void
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    problem text;
begin
    select case
        when r.rolsuper then 'is a superuser'
        when r.rolbypassrls then 'has BYPASSRLS'
        when pg_has_role(r.oid, 'tenfold_owner', 'member') then 'can become the owner of the tables'
        when pg_has_role(r.oid, 'tenfold_platform', 'member') then 'is a member of tenfold_platform and sees every tenant'
        when not pg_has_role(r.oid, 'tenfold_app', 'member') then 'is not a member of tenfold_app'
    end into problem
    from pg_roles r
    where r.rolname in (session_user, current_user)
    order by 1 nulls last
    limit 1;
    if problem is not null then
        raise exception 'login % %', session_user, problem
            using errcode = '42501', hint = 'Connect as a login whose only group is tenfold_app.';
    end if;
end
$$;
comment on function tenancy.check_login() is
    'Fails unless this connection is an application login that policies hold for.';
