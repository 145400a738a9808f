// Package eventbus is a bus for the events of the product: rules deliver them to
// queues and other targets, an archive keeps them for replay, and a dead-letter
// queue keeps what could not be delivered.
//
// It is a bus of its own from the first day. Rules cannot move from the account's
// default bus to another one, and its archive would hold AWS's own events too.
package eventbus

import (
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Args describes a bus. Only Monitors is required.
type Args struct {
	// Rules say which events go where. Default: none, events are archived only.
	Rules []Rule
	// ArchiveDays is how long events can be replayed: 1 to 3650 days. Default: 30.
	ArchiveDays int
	// Publishers are the ids of other AWS accounts that may put events on the bus.
	// Default: none; roles of this account publish by their own permissions.
	Publishers []string
	// Disposable allows the bus to be deleted with its archive. Default: false,
	// both are protected against deletion.
	Disposable bool
	// Monitors makes the monitors. Required; monitor.Off says why there are none.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID, each with its reason. Default:
	// none.
	MonitorsOff map[string]string
}

// Rule delivers events that match a pattern to a target.
type Rule struct {
	// Name tells the rule apart for life: lower-case letters, digits and inner
	// hyphens. Another name is another rule.
	Name string
	// Pattern says which events match.
	Pattern Pattern
	// Target is where they go.
	Target Target
	// MaxAge is how long delivery is tried: 1 minute to 24 hours, in whole
	// seconds. Default: 24 hours.
	MaxAge time.Duration
	// MaxRetries is how often delivery is repeated: 1 to 185. Default: 185, as
	// often as EventBridge does it in 24 hours.
	MaxRetries int
}

// Target is where a rule delivers to.
type Target struct {
	// ARN is the target's ARN. A queue has to let "events.amazonaws.com" send (see
	// queue.Args.Senders), a function has to let it invoke.
	ARN pulumi.StringInput
	// MessageGroup is the message group of a FIFO queue. Default: none, a standard
	// queue or another kind of target.
	MessageGroup string
	// RoleARN is the role EventBridge takes for targets that need one, such as
	// state machines. Default: none.
	RoleARN pulumi.StringInput
	// DetailOnly delivers the detail of an event without its envelope. Default:
	// false, the whole event.
	DetailOnly bool
}

// Bus is an event bus.
type Bus struct {
	pulumi.ResourceState

	// Name and DeadLetterName are the names of the bus and of the queue of what
	// could not be delivered, known while the program runs.
	Name, DeadLetterName string
	// ARN is the bus's ARN.
	ARN pulumi.StringOutput `pulumi:"arn"`
	// DeadLetterURL is the queue of what could not be delivered. Attributes of a
	// message name the rule and the error.
	DeadLetterURL pulumi.StringOutput `pulumi:"deadLetterUrl"`

	name string
}

// New makes a bus.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Bus, error) {
	args = args.withDefaults()
	p, err := args.plan(ctx, name)
	if err != nil {
		return nil, err
	}
	bus := &Bus{Name: p.bus, DeadLetterName: p.dead, name: name}
	if err := ctx.RegisterComponentResource("tenfold:eventbus:Bus", name, bus, opts...); err != nil {
		return nil, err
	}
	here, err := account.Current(ctx, bus)
	if err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, bus: bus, name: name, args: args, plan: p, account: here}
	for _, step := range []func() error{b.deadLetters, b.eventBus, b.archive, b.publishers, b.rules} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := args.Monitors.Monitor(ctx, bus, name, p.monitors); err != nil {
		return nil, err
	}
	return bus, ctx.RegisterResourceOutputs(bus, pulumi.Map{"arn": bus.ARN, "deadLetterUrl": bus.DeadLetterURL})
}

// builder carries what the steps of New hand to each other.
type builder struct {
	ctx     *pulumi.Context
	bus     *Bus
	name    string
	args    Args
	plan    plan
	account account.Account

	dead *sqs.Queue
	made *cloudwatch.EventBus
}
