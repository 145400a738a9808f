-- How strong the way in is. The setting decides which entry function the
-- application may execute; 95_grants.sql acts on it.
--
--   tenant     enter(tenant) and enter(tenant, principal)
--   principal  enter(tenant, principal) only: no context without a membership
--   sealed     enter_sealed(token) only: a token signed outside of the database

create table if not exists tenancy.setting (
    only_row boolean primary key default true check (only_row),
    entry    text not null default 'tenant' check (entry in ('tenant', 'principal', 'sealed'))
);
insert into tenancy.setting default values on conflict do nothing;
