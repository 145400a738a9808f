package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/tenfold-iac/tenfold/components/service/runtask"
)

// Deployment is a deployment of a service, the zero value for none.
type Deployment struct {
	ARN    string
	Status types.ServiceDeploymentStatus
}

// Failed tells whether ECS ended the deployment in another way than it began.
func (d Deployment) Failed() bool {
	return d.ended() && d.Status != types.ServiceDeploymentStatusSuccessful
}

// ended tells whether ECS has decided: as long as alarms are watched it has not,
// though all tasks are new.
func (d Deployment) ended() bool {
	switch d.Status {
	case types.ServiceDeploymentStatusSuccessful, types.ServiceDeploymentStatusStopped,
		types.ServiceDeploymentStatusRollbackSuccessful, types.ServiceDeploymentStatusRollbackFailed:
		return true
	default:
		return false
	}
}

// Mark is where a service stands: it tells later deployments from earlier ones,
// whatever the clocks say. The zero value is before all of them.
type Mark struct{ known map[string]bool }

// Mark is where the service stands now. One that does not exist has no
// deployments.
func (r *Reader) Mark(ctx context.Context, s Service) (Mark, error) {
	m := Mark{known: map[string]bool{}}
	err := runtask.Poll(ctx, r.Pause, func() (bool, error) {
		listed, err := r.list(ctx, s, time.Now().Add(-skew))
		for _, d := range listed {
			m.known[aws.ToString(d.ServiceDeploymentArn)] = true
		}
		var missing *types.ServiceNotFoundException
		var inactive *types.ServiceNotActiveException
		if errors.As(err, &missing) || errors.As(err, &inactive) {
			return true, nil
		}
		return err == nil, err
	})
	return m, err
}

// skew is how far the clock of ECS may be behind, generously.
const skew = time.Hour

// Begun is the newest deployment since the mark.
func (r *Reader) Begun(ctx context.Context, s Service, m Mark) (Deployment, error) {
	listed, err := r.list(ctx, s, time.Now().Add(-skew))
	return newest(slices.DeleteFunc(listed, func(d types.ServiceDeploymentBrief) bool { return m.known[aws.ToString(d.ServiceDeploymentArn)] })), err
}

// Last is the newest deployment of all that ECS still knows. It asks for those of
// the last hour first, then of the last day: there may be hundreds in 90 days.
func (r *Reader) Last(ctx context.Context, s Service) (Deployment, error) {
	for _, ago := range []time.Duration{skew, 24 * time.Hour, 100 * 24 * time.Hour} {
		listed, err := r.list(ctx, s, time.Now().Add(-ago))
		if last := newest(listed); err != nil || last.ARN != "" {
			return last, err
		}
	}
	return Deployment{}, nil
}

func newest(listed []types.ServiceDeploymentBrief) Deployment {
	var last types.ServiceDeploymentBrief
	for _, d := range listed {
		if !aws.ToTime(d.CreatedAt).Before(aws.ToTime(last.CreatedAt)) {
			last = d
		}
	}
	return Deployment{ARN: aws.ToString(last.ServiceDeploymentArn), Status: last.Status}
}

// unlisted is how many looks it takes to believe that none began: an update of
// nothing but tags begins none, and a list may be some seconds behind.
const unlisted = 4

// Follow waits until ECS has ended the newest deployment, and until the context
// ends. After an update, it is one that began since the mark; if none did, or
// without a mark, it is the last one there was. Waiting is called once if there is
// something to wait for.
func (r *Reader) Follow(ctx context.Context, s Service, m *Mark, waiting func()) (Deployment, error) {
	var seen Deployment
	looks := 0
	err := runtask.Poll(ctx, r.Pause, func() (bool, error) {
		d, err := r.look(ctx, s, m, looks)
		if err != nil {
			return false, err
		}
		if d.ARN == "" {
			// What was seen once does not go away.
			looks++
			return seen.ARN == "" && (m == nil || looks > unlisted), nil
		}
		seen = d
		if !d.ended() {
			waiting()
			waiting = func() {}
		}
		return d.ended(), nil
	})
	if err != nil && seen.ARN != "" {
		err = fmt.Errorf("its deployment %s is %s: %w", runtask.ID(seen.ARN), seen.Status, err)
	}
	return seen, err
}

// look is one look: for a deployment since the mark as often as it may be missing
// in the list, then for any.
func (r *Reader) look(ctx context.Context, s Service, m *Mark, looks int) (Deployment, error) {
	if m != nil && looks < unlisted {
		return r.Begun(ctx, s, *m)
	}
	return r.Last(ctx, s)
}

// list are the deployments that began after a time.
func (r *Reader) list(ctx context.Context, s Service, since time.Time) ([]types.ServiceDeploymentBrief, error) {
	in := &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(s.Cluster), Service: aws.String(s.Name), CreatedAt: &types.CreatedAt{After: aws.Time(since)}, MaxResults: aws.Int32(100),
	}
	var all []types.ServiceDeploymentBrief
	for {
		listed, err := r.ECS.ListServiceDeployments(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("reading the deployments: %w", err)
		}
		all = append(all, listed.ServiceDeployments...)
		if aws.ToString(listed.NextToken) == "" {
			return all, nil
		}
		in.NextToken = listed.NextToken
	}
}
