-- One object for every way to break a rule, and one for every way to look like
-- breaking it. Runs as the superuser in a transaction that is rolled back. What
-- the definition has to say about it stands in specimens.txt.

-- Extensions first: their objects are not looked at.
create extension btree_gist;
create extension tcn;
create extension file_fdw;
create server files foreign data wrapper file_fdw;

set local role tenfold_owner;

-- tenant-column
create table app.no_tenant (id uuid not null);
create table app.text_tenant (tenant_id text not null);
create table app.null_tenant (tenant_id uuid);
create table app.generated_tenant (source uuid not null, tenant_id uuid not null generated always as (source) stored);
create index on app.text_tenant (tenant_id);
create index on app.null_tenant (tenant_id);
create index on app.generated_tenant (tenant_id);

-- row-security, forced-row-security, immutable-tenant, tenant-policy
create table app.rls_off (tenant_id uuid not null, primary key (tenant_id));
alter table app.rls_off disable row level security;
create table app.rls_unforced (tenant_id uuid not null, primary key (tenant_id));
alter table app.rls_unforced no force row level security;

-- tenant-index
create table app.index_none (tenant_id uuid not null, v int);
create table app.index_second (v int, tenant_id uuid not null);
create index on app.index_second (v, tenant_id);
create table app.index_partial (tenant_id uuid not null, v int);
create index on app.index_partial (tenant_id) where v > 0;
create table app.index_invalid (tenant_id uuid not null, v int);
create index index_invalid_tenant on app.index_invalid (tenant_id);

-- immutable-tenant: each has the right trigger but for one thing
create function app.keep() returns trigger language plpgsql as 'begin return new; end';
create table app.trigger_none (tenant_id uuid not null, primary key (tenant_id));
drop trigger zz_tenancy_immutable on app.trigger_none;
create table app.trigger_name (tenant_id uuid not null, primary key (tenant_id));
alter trigger zz_tenancy_immutable on app.trigger_name rename to zz_other;
create table app.trigger_function (tenant_id uuid not null, primary key (tenant_id));
create or replace trigger zz_tenancy_immutable before update on app.trigger_function for each row
    when (old.tenant_id is distinct from new.tenant_id) execute function app.keep();
alter table app.trigger_function enable always trigger zz_tenancy_immutable;
create table app.trigger_after (tenant_id uuid not null, primary key (tenant_id));
drop trigger zz_tenancy_immutable on app.trigger_after;
create trigger zz_tenancy_immutable after update on app.trigger_after for each row
    when (old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row();
alter table app.trigger_after enable always trigger zz_tenancy_immutable;
create table app.trigger_origin (tenant_id uuid not null, primary key (tenant_id));
alter table app.trigger_origin enable trigger zz_tenancy_immutable;
create table app.trigger_column (tenant_id uuid not null, v int, primary key (tenant_id));
create or replace trigger zz_tenancy_immutable before update of v on app.trigger_column for each row
    when (old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row();
alter table app.trigger_column enable always trigger zz_tenancy_immutable;
create table app.trigger_when (tenant_id uuid not null, primary key (tenant_id));
create or replace trigger zz_tenancy_immutable before update on app.trigger_when for each row
    when (false and old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row();
alter table app.trigger_when enable always trigger zz_tenancy_immutable;

create function app.always(uuid, uuid) returns boolean language sql as 'select true';
create operator app.= (leftarg = uuid, rightarg = uuid, function = app.always);
create table app.trigger_operator (tenant_id uuid not null, primary key (tenant_id));
set local search_path = app, pg_catalog;
create or replace trigger zz_tenancy_immutable before update on app.trigger_operator for each row
    when (old.tenant_id is distinct from new.tenant_id) execute function tenancy.refuse_moved_row();
reset search_path;
alter table app.trigger_operator enable always trigger zz_tenancy_immutable;

-- trigger-order: the last of these, and neither the early one nor the one after
create table app.trigger_order (tenant_id uuid not null, v int, primary key (tenant_id));
create trigger early before update on app.trigger_order for each row execute function app.keep();
create trigger zzz_after after update on app.trigger_order for each row execute function app.keep();
create trigger zzz_late before update on app.trigger_order for each row execute function app.keep();

-- global tables
reset role;
insert into tenancy.exemption (rule, object, reason, approver)
select 'tenant-column', o, 'a global table of the specimens', 'test'
from unnest(array['app.global_tenant', 'app.global_parent', 'app.global_pointing', 'app.global_written', 'app.view_yes']) o;
set local role tenfold_owner;
create table app.global_tenant (tenant_id uuid);
create table app.global_parent (v int);
create table app.global_child (tenant_id uuid not null, primary key (tenant_id)) inherits (app.global_parent);
alter table app.global_child enable row level security;
create table app.global_pointing (t uuid, p uuid, foreign key (t, p) references app.project);
create table app.global_written (v int);
grant insert on app.global_written to tenfold_app;
grant insert on app.global_written to tenfold_platform;

-- shared-sequence
create table app.counted_serial (tenant_id uuid not null, id bigserial, primary key (tenant_id, id));
create table app.counted_identity (tenant_id uuid not null, id bigint generated always as identity, primary key (tenant_id, id));

-- tenant-policy: each has the right policy but for one thing
create table app.policy_none (tenant_id uuid not null, primary key (tenant_id));
drop policy tenancy_tenant on app.policy_none;
create table app.policy_name (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_tenant on app.policy_name rename to other;
create table app.policy_restrictive (tenant_id uuid not null, primary key (tenant_id));
drop policy tenancy_tenant on app.policy_restrictive;
create policy tenancy_tenant on app.policy_restrictive as restrictive to tenfold_app, tenfold_owner
    using (tenant_id = (select tenancy.current_tenant())) with check (tenant_id = (select tenancy.current_tenant()));
create table app.policy_command (tenant_id uuid not null, primary key (tenant_id));
drop policy tenancy_tenant on app.policy_command;
create policy tenancy_tenant on app.policy_command for update to tenfold_app, tenfold_owner
    using (tenant_id = (select tenancy.current_tenant())) with check (tenant_id = (select tenancy.current_tenant()));
create table app.policy_roles_less (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_tenant on app.policy_roles_less to tenfold_app;
create table app.policy_roles_more (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_tenant on app.policy_roles_more to tenfold_app, tenfold_owner, tenfold_platform;
create table app.policy_using (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_tenant on app.policy_using using (true);
create table app.policy_check (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_tenant on app.policy_check with check (true);

-- tenant-policy of the restrictive one, which comes first
create table app.first_none (tenant_id uuid not null, primary key (tenant_id));
drop policy "!tenancy_first" on app.first_none;
create table app.first_using (tenant_id uuid not null, primary key (tenant_id));
alter policy "!tenancy_first" on app.first_using using (true);
create table app.first_permissive (tenant_id uuid not null, primary key (tenant_id));
drop policy "!tenancy_first" on app.first_permissive;
create policy "!tenancy_first" on app.first_permissive to tenfold_app, tenfold_owner
    using (tenant_id = (select tenancy.current_tenant())) with check (tenant_id = (select tenancy.current_tenant()));
-- The same text with another column order and written by hand breaks nothing.
create table app.policy_by_hand (v int, w int, tenant_id uuid not null, primary key (tenant_id));
drop policy tenancy_tenant on app.policy_by_hand;
create policy tenancy_tenant on app.policy_by_hand
    to tenfold_owner, tenfold_app
    using ( tenant_id = (select tenancy.current_tenant()) ) with check ( tenant_id = (select tenancy.current_tenant()) );

-- policy-order, policy-on-owner
create table app.policy_early (tenant_id uuid not null, primary key (tenant_id));
create policy " early" on app.policy_early as restrictive to tenfold_app using (true);
create policy " open" on app.policy_early for select to tenfold_app using (true);
create table app.policy_wide (tenant_id uuid not null, primary key (tenant_id));
create policy to_all on app.policy_wide as restrictive using (true);
create policy to_owner on app.policy_wide as restrictive for delete to tenfold_owner, tenfold_app using (true);

-- permissive-policy: an extra one, a restrictive one, and platform policies that
-- are right but for one thing
create table app.policy_extra (tenant_id uuid not null, primary key (tenant_id));
create policy extra on app.policy_extra for select to tenfold_app using (true);
create table app.policy_narrow (tenant_id uuid not null, primary key (tenant_id));
create policy narrow on app.policy_narrow as restrictive to tenfold_app using (true);
create table app.platform_name (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_platform on app.platform_name rename to other;
create table app.platform_command (tenant_id uuid not null, primary key (tenant_id));
drop policy tenancy_platform on app.platform_command;
create policy tenancy_platform on app.platform_command for delete to tenfold_platform using (true);
create table app.platform_roles (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_platform on app.platform_roles to tenfold_app;
create table app.platform_using (tenant_id uuid not null, primary key (tenant_id));
alter policy tenancy_platform on app.platform_using using (tenant_id is not null);

-- unique-key, exclusion-key
create table app.unique_other (v int, tenant_id uuid not null, primary key (tenant_id));
create unique index unique_other_v on app.unique_other (v);
create unique index unique_other_include on app.unique_other (v) include (tenant_id);
create index unique_other_plain on app.unique_other (v);
create table app.excluded (v int, u uuid, tenant_id uuid not null, primary key (tenant_id));
alter table app.excluded add constraint excluded_without exclude using gist (v with =);
alter table app.excluded add constraint excluded_unlike exclude using gist (v with =, tenant_id with <>);
alter table app.excluded add constraint excluded_uuid exclude using gist (u with =);
alter table app.excluded add constraint excluded_right exclude using gist (v with =, tenant_id with =);

-- foreign-key: neither side, one side, the other side, both
create table app.target (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id));
create unique index target_swapped on app.target (id, tenant_id);
create table app.pointing (tenant_id uuid not null, id uuid not null, x uuid, y uuid, primary key (tenant_id, id));
alter table app.pointing add constraint pointing_neither foreign key (x, y) references app.target (tenant_id, id);
alter table app.pointing add constraint pointing_here foreign key (tenant_id, x) references app.target (id, tenant_id);
alter table app.pointing add constraint pointing_both foreign key (tenant_id, x) references app.target (tenant_id, id);

-- cascade-trigger: those before a change the foreign key makes, and no others
create table app.cascade_deleted (tenant_id uuid not null, id uuid not null, v text, primary key (tenant_id, id),
    foreign key (tenant_id, id) references app.target on delete cascade);
create trigger cascade_delete before delete on app.cascade_deleted for each row execute function app.keep();
create trigger cascade_statement before delete on app.cascade_deleted for each statement execute function app.keep();
create trigger after_delete after delete on app.cascade_deleted for each row execute function app.keep();
create trigger before_update before update on app.cascade_deleted for each row execute function app.keep();
create table app.cascade_updated (tenant_id uuid not null, id uuid not null, x uuid, v text, primary key (tenant_id, id),
    foreign key (tenant_id, x) references app.target on delete set null (x));
create trigger cascade_update before update on app.cascade_updated for each row execute function app.keep();
create trigger before_delete before delete on app.cascade_updated for each row execute function app.keep();
create table app.cascade_key (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id),
    foreign key (tenant_id, id) references app.target on update cascade);
create trigger cascade_key_update before update on app.cascade_key for each row execute function app.keep();
create table app.cascade_none (tenant_id uuid not null, id uuid not null, primary key (tenant_id, id),
    foreign key (tenant_id, id) references app.target);
create trigger before_any before update or delete on app.cascade_none for each row execute function app.keep();

-- owner-code: expressions of the owner's functions, directly and by way of an
-- operator, a cast and a domain; and those of PostgreSQL and of an extension
create function app.shorten(text) returns text language sql immutable as 'select left($1, 1)';
create function app.likes(text, text) returns boolean language sql immutable as 'select true';
create operator app.@@@ (leftarg = text, rightarg = text, function = app.likes);
create domain app.short as text check (app.likes(value, value));
create type app.wrapped as (v text);
create function app.wrap(text) returns app.wrapped language sql immutable as 'select row($1)::app.wrapped';
create cast (text as app.wrapped) with function app.wrap(text);
create table app.computed (tenant_id uuid not null, v text, r real, primary key (tenant_id));
create index computed_call on app.computed (tenant_id, app.shorten(v));
create index computed_where on app.computed (tenant_id) where app.likes(v, v);
create index computed_operator on app.computed (tenant_id, (v operator(app.@@@) v));
create index computed_domain on app.computed (tenant_id, (v::app.short));
create index computed_cast on app.computed (tenant_id, ((v::app.wrapped) is null));
create index computed_builtin on app.computed (tenant_id, lower(v)) where v <> '';
create index computed_extension on app.computed (tenant_id, float4_dist(r, 1::real));
create table app.computed_key (tenant_id uuid not null, v text) partition by list (app.shorten(v));
create index on app.computed_key (tenant_id);
create table app.builtin_key (tenant_id uuid not null, v text) partition by list (lower(v));
create index on app.builtin_key (tenant_id);
create statistics app.computed_statistics on app.shorten(v), r from app.computed;
alter table app.computed add check (app.likes(v, v));
create table app.cascade_computed (tenant_id uuid not null, id uuid not null, x uuid, v app.short, w text, g text generated always as (app.shorten(w)) stored,
    primary key (tenant_id, id), foreign key (tenant_id, x) references app.target on delete set null (x));
alter table app.cascade_computed alter w set default app.shorten('w');
create table app.cascade_default (tenant_id uuid not null, id uuid not null, x uuid, w text default app.shorten('w'),
    primary key (tenant_id, id), foreign key (tenant_id, x) references app.target on delete set default (x));
alter table app.cascade_computed add constraint cascade_check check (app.likes(w, w));

-- view, materialized-view, rewrite-rule
create view app.view_owner as select * from app.task;
create view app.view_off with (security_invoker = false) as select * from app.task;
create view app.view_yes with (security_invoker = yes) as select * from app.task;
create view app.view_one with (security_invoker = 1) as select * from app.task;
create materialized view app.kept as select * from app.task;
create table app.ruled (tenant_id uuid not null, primary key (tenant_id));
create rule quiet as on delete to app.ruled do instead nothing;

-- untrusted-language: what comes with an aggregate or a range is no function of the migration
create aggregate app.joined(text) (sfunc = textcat, stype = text, initcond = '');
create type app.text_range as range (subtype = text);

-- definer-function
create function app.definer() returns int language sql security definer as 'select 1';
create function pg_temp.definer() returns int language sql security definer as 'select 1';

-- grantee, privilege, grant-option, platform-writes, sequence-privilege
create table app.granted (tenant_id uuid not null, v int, primary key (tenant_id));
grant select on app.granted to public;
grant select (v) on app.granted to pg_monitor;
grant truncate on app.granted to tenfold_app;
grant references (v) on app.granted to tenfold_app;
grant update (v) on app.granted to tenfold_platform;
create table app.handed_on (tenant_id uuid not null, primary key (tenant_id));
grant select on app.handed_on to tenfold_app with grant option;
create sequence app.counter;
grant usage on sequence app.counter to tenfold_app;
create sequence app.platform_counter;
grant update on sequence app.platform_counter to tenfold_platform;

-- schema-create, schema-owner
create schema opened;
grant create on schema opened to tenfold_app;
reset role;
create schema foreign_owned authorization tenfold_platform;
create schema with_acl;
grant usage on schema with_acl to tenfold_app;

-- owner; sequences are left out, and so are objects of extensions
set local role postgres;
create table app.other_owner (tenant_id uuid not null, primary key (tenant_id));
grant select on app.other_owner to tenfold_app;
grant select (tenant_id) on app.other_owner to postgres;
select tenancy.protect('app.other_owner');
create sequence app.other_sequence;
create view app.other_view with (security_invoker = true) as select 1 as one;
create foreign table app.remote (v text) server files options (filename '/dev/null');
create function app.leaks() returns int language sql leakproof as 'select 1';
create function app.internal_function(int) returns int language internal strict as 'int4abs';
create function app.of_extension() returns int language sql security definer leakproof as 'select 1';
alter extension btree_gist add function app.of_extension();
create table app.table_of_extension (id int);
alter extension btree_gist add table app.table_of_extension;
create publication copied for table app.task;
update pg_index set indisvalid = false where indexrelid = 'app.index_invalid_tenant'::regclass;
set local role tenfold_owner;
create view app.view_in_extension as select * from app.task;
create function app.definer_in_extension() returns int language sql security definer as 'select 1';
reset role;
alter extension btree_gist add view app.view_in_extension;
alter extension btree_gist add function app.definer_in_extension();

-- Roles: none of these exists after the rollback.
create role z_super superuser createrole login;
create role z_bypass bypassrls;
create role z_replica replication;
create role z_app_creates createrole login in role tenfold_app;
create role z_platform_creates createdb login in role tenfold_platform;
create role z_plain_creates createrole;
alter role tenfold_platform login;
create role z_team in role tenfold_app;
create role z_team_login login in role z_team;
do $$ begin
    if to_regrole('rds_iam') is null then create role rds_iam; end if;
end $$;
create role z_iam login in role tenfold_app, rds_iam;
create role z_mixed login in role tenfold_app, pg_monitor;
create role z_owner login in role tenfold_owner;
create role z_guard login in role tenfold_guard;
grant tenfold_owner to z_super;
create role z_platform_migrates login in role tenfold_platform, tenfold_migrator;
create role z_files login in role pg_read_server_files;
do $$ begin
    if current_setting('server_version_num')::int >= 160000 then
        execute 'grant tenfold_owner to tenfold_migrator with inherit true';
    else
        alter role tenfold_migrator inherit;
    end if;
end $$;
grant set on parameter session_replication_role to z_files;
grant set on parameter log_statement to z_files;
alter role z_files set session_replication_role = replica;
alter role z_files set search_path = app;
do $$ begin
    execute format('grant temporary on database %I to public, z_files, z_team_login', current_database());
    execute format('grant create on database %I to z_super', current_database());
end $$;
select lo_create(424243);

-- server-version: a server as old as can be
create or replace function tenancy.known_holes(version int) returns boolean language sql immutable return true;

-- armed
drop event trigger tenancy_drop;
