package service

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Spot is how many tasks run on Fargate Spot: spare capacity for about a third of
// the price, which AWS takes back with two minutes' notice.
type Spot struct {
	// Percent is the share of the tasks beyond OnDemand, 0 to 100. Default: 0.
	Percent int
	// OnDemand is how many tasks never run on Spot. Default: Scaling.Min for a
	// service with a route, which has to survive a shortage; 0 for a worker.
	OnDemand int
}

func (s Spot) withDefaults(routed bool, tasks int) Spot {
	if s.OnDemand == 0 && routed && s.Percent > 0 {
		s.OnDemand = tasks
	}
	return s
}

func (s Spot) check(l *problem.List, most int) {
	l.Check(s.Percent >= 0 && s.Percent <= 100, "Spot.Percent must be 0 to 100, got %d", s.Percent)
	l.Check(s.OnDemand >= 0 && s.OnDemand <= most, "Spot.OnDemand must be 0 to Scaling.Max (%d), got %d", most, s.OnDemand)
	l.Check(s.OnDemand == 0 || s.Percent > 0, "Spot.OnDemand is %d but Spot.Percent is 0, so every task is on demand; leave it out", s.OnDemand)
}

// strategy divides the tasks between on-demand and spare capacity.
func (s Spot) strategy() ecs.ServiceCapacityProviderStrategyArray {
	provider := func(name string, base, weight int) ecs.ServiceCapacityProviderStrategyArgs {
		return ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(name), Base: pulumi.Int(base), Weight: pulumi.Int(weight),
		}
	}
	switch {
	case s.Percent == 0:
		return ecs.ServiceCapacityProviderStrategyArray{provider("FARGATE", 0, 1)}
	case s.Percent == 100 && s.OnDemand == 0:
		return ecs.ServiceCapacityProviderStrategyArray{provider("FARGATE_SPOT", 0, 1)}
	}
	// A provider of weight 0 places no task beyond its base, and AWS refuses a
	// base without a weight.
	return ecs.ServiceCapacityProviderStrategyArray{
		provider("FARGATE", s.OnDemand, max(100-s.Percent, 1)),
		provider("FARGATE_SPOT", 0, s.Percent),
	}
}
