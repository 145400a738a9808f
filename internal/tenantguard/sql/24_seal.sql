-- The sealed context. A service outside of the database, which knows who is
-- calling, signs a token for one tenant with a key the application does not have.
-- Inside, the context is signed with another key that no login can read and that
-- covers the transaction and the backend. Somebody who runs SQL of his choice as
-- the application can therefore neither name another tenant nor carry a context
-- over to another transaction.
--
-- A token reads tf1.<key id>.<tenant>.<principal or nothing>.<expiry>.<signature>:
-- the expiry in seconds since 1970, the signature an HMAC-SHA256, in hex, of
-- everything before the last dot. Keys are stored as the two padded blocks HMAC
-- works with, so no extension is needed.

create table if not exists tenancy.seal_key (
    id         text primary key check (id ~ '^[a-z0-9-]{1,32}$'),
    inner_pad  bytea not null check (length(inner_pad) = 64),
    outer_pad  bytea not null check (length(outer_pad) = 64),
    created_at timestamptz not null default clock_timestamp(),
    retired_at timestamptz
);

create table if not exists tenancy.context_key (
    only_row  boolean primary key default true check (only_row),
    inner_pad bytea not null,
    outer_pad bytea not null
);
-- The pads of this key are random themselves; nobody has to compute them again.
insert into tenancy.context_key (inner_pad, outer_pad)
select string_agg(p.first, ''), string_agg(p.second, '')
from (select sha256(gen_random_uuid()::text::bytea || gen_random_uuid()::text::bytea) as first,
             sha256(gen_random_uuid()::text::bytea || gen_random_uuid()::text::bytea) as second
      from generate_series(1, 2)) p
on conflict do nothing;

drop function if exists tenancy.context_seal(text, text, text); -- of version 1.0

-- The seal also covers whether the transaction was read only, as it is for a tenant
-- that is being exported: a seal that was noted down before ROLLBACK TO SAVEPOINT
-- made the transaction writable again is worth nothing afterwards.
create or replace function tenancy.context_seal(tenant text, principal text, bound text, read_only text) returns text
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select encode(sha256(k.outer_pad || sha256(k.inner_pad
           || convert_to(concat_ws('|', tenant, principal, bound, read_only, pg_backend_pid()), 'UTF8'))), 'hex')
    from tenancy.context_key k
$$;

create or replace function tenancy.seal_holds() returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    select current_setting('tenancy.bound', true) = extract(epoch from transaction_timestamp())::text
       and exists (
           select from (values ('off'), (current_setting('transaction_read_only'))) entered(read_only)
           where current_setting('tenancy.seal', true) = tenancy.context_seal(
               current_setting('tenancy.tenant', true), current_setting('tenancy.principal', true),
               current_setting('tenancy.bound', true), entered.read_only))
$$;

create or replace function tenancy.enter_sealed(token text) returns void
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    part text[] := string_to_array(token, '.');
    body text;
    expected bytea;
    tenant uuid;
    principal uuid;
begin
    if coalesce(cardinality(part), 0) <> 6 or part[1] <> 'tf1' then
        raise exception 'the sealed token is malformed' using errcode = '42501';
    end if;
    body := left(token, length(token) - length(part[6]) - 1);
    select sha256(k.outer_pad || sha256(k.inner_pad || convert_to(body, 'UTF8'))) into expected
    from tenancy.seal_key k
    where k.id = part[2] and k.retired_at is null;
    -- Both sides are hashed again, so that the time of the comparison says
    -- nothing about the signature.
    if expected is null or sha256(convert_to(part[6], 'UTF8')) <> sha256(convert_to(encode(expected, 'hex'), 'UTF8')) then
        raise exception 'the sealed token is not signed by a key in use' using errcode = '42501';
    end if;
    if part[5]::bigint <= extract(epoch from clock_timestamp()) then
        raise exception 'the sealed token has expired' using errcode = '42501';
    end if;
    tenant := part[3]::uuid;
    principal := nullif(part[4], '')::uuid;
    perform tenancy.admit(tenant);
    perform tenancy.bind(tenant, principal);
    if principal is not null then
        perform authz.require_membership(tenant, principal);
    end if;
end
$$;
comment on function tenancy.enter_sealed(text) is
    'Makes the rest of this transaction work for the tenant, and the principal, a signed token names.';
