package runtask

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnlyLooksThatFailInARowExhaustThePatience(t *testing.T) {
	silent := errors.New("connection reset by peer")
	looks := 0
	err := Poll(t.Context(), func(context.Context) error { return nil }, func() (bool, error) {
		if looks++; looks%patience != 0 {
			return false, silent
		}
		return looks == 3*patience, nil
	})
	assert.NoError(t, err)
	assert.Equal(t, 3*patience, looks)
}
