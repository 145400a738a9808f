-- Rules about code that PostgreSQL itself runs as the owner of a table, with no
-- tenant in context or with policies switched off.
--
-- A foreign key that cascades changes the referencing rows as their owner and
-- without policies, whatever FORCE says. Triggers that fire before the change, and
-- functions that the changed row is computed or checked with, run in that state.
-- Gathering statistics computes expressions over the rows of every tenant.

-- changed_by_cascade lists the tables whose rows a foreign key changes by itself.
create or replace view tenancy.changed_by_cascade as
select k.oid as key, k.conrelid as oid,
       k.confdeltype = 'c' as deletes,
       k.confdeltype in ('n', 'd') or k.confupdtype in ('c', 'n', 'd') as updates,
       'd' in (k.confdeltype, k.confupdtype) as defaults
from pg_catalog.pg_constraint k; -- a constraint that is no foreign key has no action

create or replace function tenancy.code_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
with recursive tenant_table as materialized (select * from tenancy.tenant_table),
computed (oid, what, classid, objid) as (
    select t.oid, i.indexrelid::regclass::text, 'pg_class'::regclass::oid, i.indexrelid
    from tenant_table t
    join pg_index i on i.indrelid = t.oid and (i.indexprs is not null or i.indpred is not null)
    union all
    select t.oid, format('statistics %I', s.stxname), 'pg_statistic_ext'::regclass, s.oid
    from tenant_table t
    join pg_statistic_ext s on s.stxrelid = t.oid
    union all
    select t.oid, 'partition key', 'pg_class'::regclass, t.oid
    from tenant_table t
    join pg_partitioned_table p on p.partrelid = t.oid and p.partexprs is not null
    union all
    select t.oid, format('check %I', k.conname), 'pg_constraint'::regclass, k.oid
    from tenant_table t
    join tenancy.changed_by_cascade c on c.oid = t.oid and c.updates
    join pg_constraint k on k.conrelid = t.oid and k.contype = 'c'
    union all
    select t.oid, format('column %I', a.attname), 'pg_attrdef'::regclass, d.oid
    from tenant_table t
    join tenancy.changed_by_cascade c on c.oid = t.oid and c.updates
    join pg_attribute a on a.attrelid = t.oid and (a.attgenerated <> '' or c.defaults)
    join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    union all
    select t.oid, format('column %I', a.attname), 'pg_type'::regclass, a.atttypid
    from tenant_table t
    join tenancy.changed_by_cascade c on c.oid = t.oid and c.updates
    join pg_attribute a on a.attrelid = t.oid
    join pg_type d on d.oid = a.atttypid and d.typtype = 'd'
),
-- What an expression calls, also by an operator, a cast or the check of a domain.
called (oid, what, classid, objid) as (
    select * from computed
    union
    select c.oid, c.what, n.classid, n.objid
    from called c
    cross join lateral (
        select d.refclassid, d.refobjid
        from pg_depend d
        where (d.classid, d.objid) = (c.classid, c.objid)
          and d.refclassid in ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_cast'::regclass, 'pg_type'::regclass)
        union all
        select 'pg_constraint'::regclass, k.oid
        from pg_constraint k
        where (k.contypid, 'pg_type'::regclass) = (c.objid, c.classid)
    ) n(classid, objid)
)
-- rule cascade-trigger
select 'cascade-trigger', format('%I on %s', g.tgname, t.name),
       format('runs as the owner, without policies, when the foreign key %I changes rows; fire it AFTER the change', k.conname),
       md5(concat_ws('|', pg_get_constraintdef(k.oid), g.tgtype, p.prosrc, pg_get_function_sqlbody(p.oid), p.proconfig::text))
from tenant_table t
join tenancy.changed_by_cascade c on c.oid = t.oid
join pg_constraint k on k.oid = c.key
join pg_trigger g on g.tgrelid = t.oid
join pg_proc p on p.oid = g.tgfoid
where g.tgtype & 2 = 2 /* before */
  and (c.deletes and g.tgtype & 8 = 8 or c.updates and g.tgtype & 16 = 16)
  and p.oid <> 'tenancy.refuse_moved_row()'::regprocedure
union all
-- rule owner-code
select 'owner-code', format('%s of %s', c.what, t.name),
       format('calls %s as the owner over rows of every tenant; use functions of PostgreSQL or of a known extension', p.oid::regprocedure),
       md5(concat_ws('|', p.oid::regprocedure::text, p.prosrc, pg_get_function_sqlbody(p.oid), p.proconfig::text))
from called c
join tenant_table t on t.oid = c.oid
join pg_proc p on p.oid = c.objid and c.classid = 'pg_proc'::regclass
join tenancy.code_schema s on s.oid = p.pronamespace
where p.proowner = 'tenfold_owner'::regrole
   or not exists (select from tenancy.hidden_by_extension h where h.classid = 'pg_proc'::regclass and h.objid = p.oid)
$$;
