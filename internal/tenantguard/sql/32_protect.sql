-- What a tenant table gets: forced row-level security, three policies and the
-- trigger that keeps tenant_id as it is.
--
-- The server evaluates restrictive policies before permissive ones, in the order
-- of their names, each on the rows the ones before it let through. A policy that
-- calls a function would show it the rows of every tenant, were it not for
-- "!tenancy_first", which says what tenancy_tenant says and comes before all. The
-- server finds that both are equal and evaluates one.

create or replace function tenancy.refuse_moved_row() returns trigger
    language plpgsql
    set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'tenant_id of %.% cannot change', tg_table_schema, tg_table_name
        using errcode = '42501', hint = 'Insert the row under the other tenant and delete it here.';
end
$$;

create or replace function tenancy.protect(target regclass) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    policy name;
    beginning text;
begin
    -- Policies of these names that somebody altered are replaced.
    for policy in
        select p.polname from pg_policy p
        where p.polrelid = target and p.polname in ('!tenancy_first', 'tenancy_tenant', 'tenancy_platform')
    loop
        execute format('drop policy %I on %s', policy, target);
    end loop;
    foreach beginning in array array['"!tenancy_first" on %s as restrictive', 'tenancy_tenant on %s'] loop
        execute format(
            'create policy ' || beginning || ' to tenfold_app, tenfold_owner'
            ' using (tenant_id = (select tenancy.current_tenant()))'
            ' with check (tenant_id = (select tenancy.current_tenant()))', target);
    end loop;
    execute format('create policy tenancy_platform on %s for select to tenfold_platform using (true)', target);
    -- A partitioned table holds no rows. A trigger on it would be copied to its
    -- partitions and collide with theirs when one is attached.
    if (select c.relkind = 'r' from pg_class c where c.oid = target) then
        execute format(
            'create or replace trigger zz_tenancy_immutable before update on %s for each row'
            ' when (old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row()', target);
        execute format('alter table %s enable always trigger zz_tenancy_immutable', target);
    end if;
    if not exists (select from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
                   where d.adrelid = target and a.attname = 'tenant_id') then
        execute format('alter table %s alter column tenant_id set default tenancy.current_tenant()', target);
    end if;
    execute format('alter table %s enable row level security, force row level security', target);
end
$$;
comment on function tenancy.protect(regclass) is
    'Gives a table with tenant_id its policies and trigger, or gives them back. New tables get them by themselves.';

-- The model: what the definition compares the tables with. Comparing the trees the
-- server stores sees what their text hides, such as an operator of another schema,
-- and needs no lock on the table, so a check waits for nobody.
create table if not exists tenancy.model (tenant_id uuid not null);
select tenancy.protect('tenancy.model');

-- tree returns a stored expression without the places where its parts stood in the
-- statement, and with the tenant column under one name for every table. It is slow;
-- tables with names of one length have equal expressions, so ask it for each once.
create or replace function tenancy.tree(expression text, tenant_column smallint) returns text
    language sql immutable parallel safe
return replace(replace(regexp_replace(expression, ':(stmt_)?(location|len) -?[0-9]+', '', 'g'),
    ':varattno ' || tenant_column || ' ', ':varattno tenant '), ':varattnosyn ' || tenant_column || ' ', ':varattnosyn tenant ');

create or replace view tenancy.model_policy as
select p.polname, p.polpermissive, p.polcmd, tenancy.tree(p.polqual::text, 1::smallint) as qual
from pg_catalog.pg_policy p
where p.polrelid = 'tenancy.model'::regclass;

-- Tables an older version of the guard protects get what this one adds.
select tenancy.protect(t.oid) from tenancy.tenant_table t
where exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid and p.polname = 'tenancy_tenant')
  and not exists (select from pg_catalog.pg_policy p where p.polrelid = t.oid and p.polname = '!tenancy_first')
  and pg_catalog.pg_has_role(t.relowner, 'usage');
