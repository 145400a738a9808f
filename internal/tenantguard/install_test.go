package tenantguard

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

func TestSmoke(t *testing.T) {
	s, ctx := postgrestest.Start(t), context.Background()
	db := s.Database(t)
	conn := s.Connect(t, db)
	require.NoError(t, Install(ctx, conn))
	h, err := CatalogHash(ctx, conn)
	require.NoError(t, err)
	v, err := Verify(ctx, conn)
	require.NoError(t, err)
	for _, x := range v {
		t.Log(x)
	}
	_, err = conn.Exec(ctx, "delete from tenancy.installation")
	require.NoError(t, err)
	require.NoError(t, Install(ctx, conn))
	h2, err := CatalogHash(ctx, conn)
	require.NoError(t, err)
	require.Equal(t, h, h2)
	c, err := Probe(ctx, conn)
	require.NoError(t, err)
	t.Logf("%+v", c)
	_, err = conn.Exec(ctx, `set role tenfold_owner; create schema app; create table app.note (tenant_id uuid not null, id uuid not null default gen_random_uuid(), body text, primary key (tenant_id, id))`)
	require.NoError(t, err)
	v, err = Verify(ctx, conn)
	require.NoError(t, err)
	require.Empty(t, v)
}
