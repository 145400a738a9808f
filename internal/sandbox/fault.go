package sandbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
func (p *provider) strike(ctx context.Context, urn resource.URN, operation account.Operation, suits func(account.Fault) bool) (*account.Fault, error) {
	fault, err := p.account.TakeFault(string(urn.Type()), urn.Name(), operation, suits)
	if err != nil || fault == nil {
		return nil, err
	}
	p.log.printf("planned fault: %s %s %s", operation, urn.Type(), urn.Name())
	if err := p.delay(ctx, time.Duration(fault.Delay)); err != nil {
		return nil, err
	}
	if fault.Error != "" && !fault.Partial && !fault.Rollback {
		return nil, fmt.Errorf("1 error occurred:\n\t* %s", fault.Error)
	}
	return fault, nil
}

// delay waits as long as a fault says, or until the engine cancels.
func (p *provider) delay(ctx context.Context, long time.Duration) error {
	if long == 0 {
		return nil
	}
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-p.cancelled.current():
		return errors.New("the operation was cancelled")
	case <-ctx.Done():
		return ctx.Err()
	case <-p.stopped.Done():
		return p.stopped.Err()
	}
}

// interruption ends the delays under way each time it is raised.
type interruption struct {
	mutex   sync.Mutex
	channel chan struct{}
}

func (i *interruption) current() <-chan struct{} {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.channel == nil {
		i.channel = make(chan struct{})
	}
	return i.channel
}

func (i *interruption) raise() {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if i.channel != nil {
		close(i.channel)
		i.channel = nil
	}
}
