package deployment

import (
	"context"
	"errors"
	"fmt"
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
// whatever the clocks say.
type Mark struct {
	since time.Time
	known map[string]bool
}

// skew is how far the clock of ECS may be behind, generously.
const skew = time.Hour

// Mark is where the service stands now. One that does not exist has no
// deployments.
func (r *Reader) Mark(ctx context.Context, s Service) (Mark, error) {
	m := Mark{since: time.Now().Add(-skew), known: map[string]bool{}}
	listed, err := r.list(ctx, s, m.since)
	for _, d := range listed {
		m.known[aws.ToString(d.ServiceDeploymentArn)] = true
	}
	return m, err
}

// Newest is the newest deployment since the mark.
func (r *Reader) Newest(ctx context.Context, s Service, m Mark) (Deployment, error) {
	listed, err := r.list(ctx, s, m.since)
	var newest types.ServiceDeploymentBrief
	for _, d := range listed {
		if !m.known[aws.ToString(d.ServiceDeploymentArn)] && !aws.ToTime(d.CreatedAt).Before(aws.ToTime(newest.CreatedAt)) {
			newest = d
		}
	}
	return Deployment{ARN: aws.ToString(newest.ServiceDeploymentArn), Status: newest.Status}, err
}

// unlisted is how many looks it takes to believe that none began: an update of
// nothing but tags begins none, and a list may be some seconds behind.
const unlisted = 4

// Follow waits until ECS has ended the newest deployment since the mark, and until
// the context ends. It returns the zero value when none began. Waiting is called
// once if there is something to wait for.
func (r *Reader) Follow(ctx context.Context, s Service, m Mark, waiting func()) (Deployment, error) {
	var newest Deployment
	looks := 0
	err := runtask.Poll(ctx, r.Pause, func() (bool, error) {
		d, err := r.Newest(ctx, s, m)
		if err != nil {
			return false, err
		}
		newest = d
		if d.ARN == "" || d.ended() {
			looks++
			return d.ended() || looks >= unlisted, nil
		}
		if waiting != nil {
			waiting()
			waiting = nil
		}
		return false, nil
	})
	if err != nil && newest.ARN != "" {
		err = fmt.Errorf("its deployment %s is %s: %w", runtask.ID(newest.ARN), newest.Status, err)
	}
	return newest, err
}

// list are the deployments that began after a time.
func (r *Reader) list(ctx context.Context, s Service, since time.Time) ([]types.ServiceDeploymentBrief, error) {
	in := &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(s.Cluster), Service: aws.String(s.Name), CreatedAt: &types.CreatedAt{After: aws.Time(since)},
	}
	var all []types.ServiceDeploymentBrief
	for {
		listed, err := r.ECS.ListServiceDeployments(ctx, in)
		var missing *types.ServiceNotFoundException
		if errors.As(err, &missing) {
			return nil, nil
		}
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
