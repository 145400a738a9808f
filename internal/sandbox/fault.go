package sandbox

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// failed words a refusal as the bridge does.
func (p *provider) failed(urn resource.URN, operation account.Operation, err error) error {
	p.log.printf("refused to %s %s %s: %s", operation, urn.Type(), urn.Name(), err)
	return fmt.Errorf("1 error occurred:\n\t* %w", err)
}

// strike lets a planned fault happen. A partial fault is returned, to happen
// after the resource was made.
func (p *provider) strike(ctx context.Context, urn resource.URN, operation account.Operation) (*account.Fault, error) {
	fault, err := p.account.TakeFault(string(urn.Type()), urn.Name(), operation)
	if err != nil || fault == nil {
		return nil, err
	}
	p.log.printf("planned fault: %s %s %s", operation, urn.Type(), urn.Name())
	if fault.Delay > 0 {
		timer := time.NewTimer(time.Duration(fault.Delay))
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.stopped.Done():
			return nil, p.stopped.Err()
		}
	}
	if fault.Error != "" && !fault.Partial {
		return nil, fmt.Errorf("1 error occurred:\n\t* %s", fault.Error)
	}
	return fault, nil
}
