package runtask

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/aws/smithy-go"
)

// patience is how many looks may fail in a row, about a minute's.
const patience = 20

// Poll looks until it is done, every three seconds or with the given pause between.
// AWS may not be reachable for about a minute; an answer that would be the same
// again ends it at once. The error is that of the last look, or of the context.
func Poll(ctx context.Context, pause func(context.Context) error, look func() (done bool, err error)) error {
	for failed := 0; ; {
		done, err := look()
		switch {
		case err == nil && done:
			return nil
		case err == nil:
			failed = 0
		default:
			if failed++; failed >= patience || refused(err) || ctx.Err() != nil {
				return err
			}
		}
		if err := rest(ctx, pause); err != nil {
			return err
		}
	}
}

// refused tells whether AWS answered and would answer the same again. The SDK has
// tried an error that passes, such as throttling, several times already.
func refused(err error) bool {
	var answer smithy.APIError
	return errors.As(err, &answer) && answer.ErrorFault() == smithy.FaultClient && !strings.Contains(answer.ErrorCode(), "Throttl")
}

// rest pauses as it is told to, and without being told for three seconds.
func rest(ctx context.Context, pause func(context.Context) error) error {
	if pause != nil {
		return pause(ctx)
	}
	timer := time.NewTimer(3 * time.Second)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
