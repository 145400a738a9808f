-- Rules about the guard itself.

create or replace function tenancy.guard_violations()
    returns table (rule text, object text, detail text, fingerprint text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
-- rule armed
select 'armed', w.name,
       coalesce((
           select case when a.armed then 'is missing or altered although the guard was armed; find out who changed it and arm it again'
                  else format('disarmed since %s by %s: %s; arm it', to_char(a.at, 'YYYY-MM-DD HH24:MI TZ'), a.login, a.reason) end
           from tenancy.arming a order by a.id desc limit 1), 'was never armed; arm it'), ''
from (values ('tenancy_ddl', 'ddl_command_end', 'tenancy.on_ddl()'), ('tenancy_drop', 'sql_drop', 'tenancy.on_drop()')) w(name, event, function)
where not exists (
    select from pg_event_trigger e
    where e.evtname = w.name
      and e.evtevent = w.event
      and e.evtfoid = w.function::regprocedure
      and e.evttags is null
      and e.evtenabled = 'A'
)
union all
-- rule gate
select 'gate', 'tenancy.ddl_pending', 'the check at commit is missing or switched off; install the guard again', ''
where not exists (
    select from pg_trigger g
    where g.tgrelid = 'tenancy.ddl_pending'::regclass
      and g.tgfoid = 'tenancy.check_isolation()'::regprocedure
      and g.tgtype = 5 /* after insert, for each row */
      and g.tginitdeferred
      and g.tgenabled = 'A'
)
union all
-- rule unchanged
select 'unchanged', 'tenancy', 'the guard differs from what was installed; install it again and find out who changed it', ''
where (select i.catalog_hash from tenancy.installation i order by i.id desc limit 1) is distinct from tenancy.guard_hash()
$$;
