package sandbox

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func TestOnlyWhatAStackMadeSinceATimeAndNeverRecordedIsTakenBack(t *testing.T) {
	server := start(t)
	const queue = "aws:sqs/queue:Queue"
	urn := func(stack, project, name string) string {
		return "urn:pulumi:" + stack + "::" + project + "::" + queue + "::" + name
	}
	since := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	require.NoError(t, server.Account().Update(func(tx *account.Tx) error {
		for id, r := range map[string]account.Resource{
			"lost":         {URN: urn("dev", "shop", "lost"), Created: since},
			"recorded":     {URN: urn("dev", "shop", "recorded"), Created: since},
			"earlier":      {URN: urn("dev", "shop", "earlier"), Created: since.Add(-time.Millisecond)},
			"other-stack":  {URN: urn("prod", "shop", "other-stack"), Created: since},
			"other":        {URN: urn("dev", "other", "other"), Created: since},
			"by-hand":      {Created: since},
			"companion":    {URN: urn("dev", "shop", "companion"), Created: since, Origin: account.Companion},
			"deleted-once": {URN: urn("dev", "shop", "deleted-once"), Created: since, Status: account.Retained},
		} {
			r.Key = account.Key{Type: queue, ID: id}
			if r.Origin == "" {
				r.Origin = account.Managed
			}
			tx.Put(&r)
		}
		return nil
	}))

	lost, err := server.TakeBack("dev", "shop", since, func(typ, id string) bool { return typ == queue && id == "recorded" })
	require.NoError(t, err)
	require.Len(t, lost, 1)
	assert.Equal(t, "lost", lost[0].ID)
	left := 0
	require.NoError(t, server.Account().View(func(tx *account.Tx) error {
		_, there := tx.Get(lost[0].Key)
		assert.False(t, there)
		left = len(tx.All())
		return nil
	}))
	assert.Equal(t, 7, left)
}
