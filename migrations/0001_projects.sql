-- A first table that belongs to tenants: replace it with your own.
--
-- Every table has tenant_id, and every key begins with it; the helpers of the
-- guard write such keys. The policies, the default of tenant_id and the trigger
-- that keeps it as it is come by themselves when the table is created.

CREATE TABLE project (
    tenant_id  uuid NOT NULL,
    id         uuid NOT NULL DEFAULT gen_random_uuid(),
    name       text NOT NULL CHECK (name <> ''),
    created_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenancy.create_primary_key('project', 'id');
SELECT tenancy.create_unique_key('project', 'name');
SELECT tenancy.create_index('project', 'created_at');
