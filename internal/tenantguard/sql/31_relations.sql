-- What the definition of isolation looks at: everything users made, in every
-- schema, whoever made it. Only the system's own objects, the guard's own schema
-- and the members of extensions are left out. An object of tenfold_owner that was
-- put into an extension is still looked at, or adding it there would hide it.
--
-- The rules read the lists once (materialized) and look into the catalogs table by
-- table (offset 0 keeps the planner from joining instead): what was created in the
-- transaction at hand has no statistics, and a join planned without them takes the
-- square of the number of tables.

create or replace view tenancy.user_schema as
select n.oid, n.nspname as name, n.nspacl, n.nspowner
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_'
  and n.nspname not in ('information_schema', 'tenancy');

-- Functions count wherever they are. A temporary one lives as long as its session
-- and is called until then by whatever refers to it, from every other session.
create or replace view tenancy.code_schema as
select s.oid, s.name
from tenancy.user_schema s
union all
select n.oid, 'pg_temp'
from pg_catalog.pg_namespace n
where n.nspname ~ '^pg_temp_';

create or replace view tenancy.hidden_by_extension as
select d.classid, d.objid
from pg_catalog.pg_depend d
where d.deptype = 'e';

create or replace view tenancy.user_relation as
select c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relacl, c.reloptions,
       format('%I.%I', s.name, c.relname) as name
from pg_catalog.pg_class c
join tenancy.user_schema s on s.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  and (c.relowner = to_regrole('tenfold_owner')
       or not exists (select from tenancy.hidden_by_extension h
                      where h.classid = 'pg_catalog.pg_class'::regclass and h.objid = c.oid));

-- A table without tenant_id is global when somebody approved that.
create or replace view tenancy.global_table as
select r.*
from tenancy.user_relation r
join tenancy.exemption e on e.rule = 'tenant-column' and e.object = r.name
where r.relkind in ('r', 'p');

-- Every other table has to be a tenant table.
create or replace view tenancy.own_table as
select r.*
from tenancy.user_relation r
where r.relkind in ('r', 'p')
  and not exists (select from tenancy.exemption e where e.rule = 'tenant-column' and e.object = r.name);

-- The rules beyond the one about the column look at those that have it: a table
-- without it is named once, not once for every rule.
create or replace view tenancy.tenant_table as
select t.*, a.attnum as tenant_column
from tenancy.own_table t
join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attname = 'tenant_id';
