-- Replaces the readers and the writer of the context by sealed ones. Installed
-- after the plain ones when the setting says so. Parallel workers have another
-- backend id, so the readers run in the leader only.

create or replace function tenancy.bind(tenant uuid, principal uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    bound text := extract(epoch from transaction_timestamp())::text;
begin
    perform set_config('tenancy.tenant', coalesce(tenant::text, ''), true);
    perform set_config('tenancy.principal', coalesce(principal::text, ''), true);
    perform set_config('tenancy.bound', bound, true);
    perform set_config('tenancy.seal', tenancy.context_seal(coalesce(tenant::text, ''), coalesce(principal::text, ''), bound,
        current_setting('transaction_read_only')), true);
end
$$;

create or replace function tenancy.current_tenant() returns uuid
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, pg_temp
as $$
    select case when tenancy.seal_holds() then nullif(current_setting('tenancy.tenant', true), '')::uuid end
$$;

create or replace function tenancy.current_principal() returns uuid
    language sql stable security definer parallel restricted
    set search_path = pg_catalog, pg_temp
as $$
    select case when tenancy.seal_holds() then nullif(current_setting('tenancy.principal', true), '')::uuid end
$$;
