-- Role-based access inside a tenant: who a principal is, which tenants he is a
-- member of, which roles he has there and what a role or a single grant permits.
-- The tables with tenant_id are tenant tables like any other.

create table if not exists authz.principal (
    id          uuid primary key default gen_random_uuid(),
    subject     text not null unique check (subject <> ''),
    kind        text not null default 'person' check (kind in ('person', 'service')),
    created_at  timestamptz not null default clock_timestamp(),
    disabled_at timestamptz
);
comment on column authz.principal.subject is 'The stable identifier the identity provider gives, not an e-mail address.';

create table if not exists authz.permission (
    key         text primary key check (key ~ '^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$'),
    description text not null check (description <> '')
);

insert into tenancy.exemption (rule, object, reason, approver) values
    ('tenant-column', 'authz.principal', 'one person may be a member of several tenants; the application cannot read it', 'the guard'),
    ('tenant-column', 'authz.permission', 'the vocabulary of permissions is the same for every tenant', 'the guard')
on conflict do nothing;

create table if not exists authz.membership (
    tenant_id    uuid not null references tenancy.tenant,
    principal_id uuid not null references authz.principal,
    status       text not null default 'invited' check (status in ('invited', 'active', 'suspended', 'removed')),
    created_at   timestamptz not null default clock_timestamp(),
    primary key (tenant_id, principal_id)
);

create table if not exists authz.role (
    tenant_id   uuid not null,
    key         text not null check (key ~ '^[a-z][a-z0-9_-]*$'),
    description text not null default '',
    primary key (tenant_id, key)
);

create table if not exists authz.role_permission (
    tenant_id  uuid not null,
    role       text not null,
    permission text not null references authz.permission,
    primary key (tenant_id, role, permission),
    foreign key (tenant_id, role) references authz.role on delete cascade
);

create table if not exists authz.membership_role (
    tenant_id    uuid not null,
    principal_id uuid not null,
    role         text not null,
    primary key (tenant_id, principal_id, role),
    foreign key (tenant_id, principal_id) references authz.membership on delete cascade,
    foreign key (tenant_id, role) references authz.role on delete cascade
);

create table if not exists authz.resource_grant (
    tenant_id     uuid not null,
    principal_id  uuid not null,
    permission    text not null references authz.permission,
    resource_type text not null check (resource_type <> ''),
    resource_id   uuid not null,
    expires_at    timestamptz,
    primary key (tenant_id, principal_id, permission, resource_type, resource_id),
    foreign key (tenant_id, principal_id) references authz.membership on delete cascade
);

create table if not exists authz.audit (
    tenant_id    uuid not null,
    id           uuid not null default gen_random_uuid(),
    at           timestamptz not null default clock_timestamp(),
    principal_id uuid,
    login        name not null default session_user,
    action       text not null,
    relation     text not null,
    before       jsonb,
    after        jsonb,
    primary key (tenant_id, id)
);
