package deployment

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// begun is a deployment that began some minutes after the others.
func begun(id string, minute int, status types.ServiceDeploymentStatus) types.ServiceDeploymentBrief {
	return types.ServiceDeploymentBrief{
		ServiceDeploymentArn: aws.String(arn(id)), Status: status, CreatedAt: aws.Time(time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC)),
	}
}

// looks are lists of deployments, one after the other.
func looks(all ...[]types.ServiceDeploymentBrief) *fake { return &fake{looks: all} }

// follow marks with the first look and follows with the rest.
func follow(t *testing.T, f *fake) (d Deployment, waits int, err error) {
	t.Helper()
	r := &Reader{ECS: f, Pause: func(ctx context.Context) error { return ctx.Err() }}
	m, err := r.Mark(t.Context(), api())
	require.NoError(t, err)
	d, err = r.Follow(t.Context(), api(), m, func() { waits++ })
	return d, waits, err
}

type list = []types.ServiceDeploymentBrief

const (
	pending    = types.ServiceDeploymentStatusPending
	progress   = types.ServiceDeploymentStatusInProgress
	successful = types.ServiceDeploymentStatusSuccessful
	back       = types.ServiceDeploymentStatusRollbackSuccessful
)

func TestADeploymentIsFollowedUntilECSHasDecided(t *testing.T) {
	earlier := begun("1", 1, back)
	for want, statuses := range map[types.ServiceDeploymentStatus][]types.ServiceDeploymentStatus{
		successful: {pending, progress, progress, successful},
		back:       {progress, types.ServiceDeploymentStatusRollbackRequested, types.ServiceDeploymentStatusRollbackInProgress, back},
		types.ServiceDeploymentStatusRollbackFailed: {progress, types.ServiceDeploymentStatusRollbackFailed},
		types.ServiceDeploymentStatusStopped:        {types.ServiceDeploymentStatusStopRequested, types.ServiceDeploymentStatusStopped},
	} {
		f := looks(list{earlier})
		for _, status := range statuses {
			f.looks = append(f.looks, list{begun("2", 2, status), earlier})
		}
		d, waits, err := follow(t, f)
		require.NoError(t, err)
		assert.Equal(t, Deployment{ARN: arn("2"), Status: want}, d)
		assert.Equal(t, want != successful, d.Failed(), want)
		assert.Equal(t, 1, waits, "once")
		assert.Len(t, f.asked, 1+len(statuses))
	}
}

func TestADeploymentThatEndedBeforeIsNotThisOne(t *testing.T) {
	f := looks(list{begun("1", 1, back)})
	d, waits, err := follow(t, f)
	require.NoError(t, err)
	assert.Zero(t, d, "an update of tags begins none")
	assert.False(t, d.Failed())
	assert.Zero(t, waits)
	assert.Len(t, f.asked, 1+unlisted, "a list may be some seconds behind")

	d, _, err = follow(t, looks(list{begun("1", 1, progress)}, list{begun("1", 1, back)}))
	require.NoError(t, err)
	assert.Zero(t, d, "nor is one that another run began")
}

func TestADeploymentThatIsListedLateIsFound(t *testing.T) {
	d, _, err := follow(t, looks(nil, nil, nil, list{begun("2", 2, back)}))
	require.NoError(t, err)
	assert.True(t, d.Failed())
}

func TestTheNewestOfSeveralDecides(t *testing.T) {
	stopped := begun("2", 2, types.ServiceDeploymentStatusStopped)
	for _, now := range []list{{stopped, begun("3", 3, successful)}, {begun("3", 3, successful), stopped}} {
		d, _, err := follow(t, looks(nil, now))
		require.NoError(t, err)
		assert.Equal(t, Deployment{ARN: arn("3"), Status: successful}, d)
	}
}

func TestOnlyRecentDeploymentsAreRead(t *testing.T) {
	f := looks(nil, list{begun("2", 2, successful)})
	_, _, err := follow(t, f)
	require.NoError(t, err)
	for _, in := range f.asked {
		assert.WithinDuration(t, time.Now().Add(-time.Hour), *in.CreatedAt.After, time.Minute, "not 90 days of history; the clocks may differ")
	}
}

func TestEveryPageIsRead(t *testing.T) {
	r := &Reader{ECS: &paged{fake: looks(nil), pages: []list{{begun("1", 1, successful)}, {begun("2", 2, successful)}}}}
	d, err := r.Newest(t.Context(), api(), Mark{})
	require.NoError(t, err)
	assert.Equal(t, arn("2"), d.ARN)
}

// paged answers in pages.
type paged struct {
	*fake
	pages []list
}

func (p *paged) ListServiceDeployments(_ context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	if aws.ToString(in.NextToken) == "" {
		return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: p.pages[0], NextToken: aws.String("more")}, nil
	}
	return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: p.pages[1]}, nil
}

func TestAServiceThatDoesNotExistYetHasNoDeployments(t *testing.T) {
	f := looks(list{begun("1", 1, successful)})
	f.failures, f.err = 1, &types.ServiceNotFoundException{}
	d, _, err := follow(t, f)
	require.NoError(t, err)
	assert.Equal(t, arn("1"), d.ARN)
}

func TestFollowingOutlastsAMomentOfSilenceAndNoRefusal(t *testing.T) {
	reader := func(failures int, err error) *Reader {
		f := looks(list{begun("2", 2, back)})
		f.failures, f.err = failures, err
		return &Reader{ECS: f, Pause: func(ctx context.Context) error { return ctx.Err() }}
	}
	d, err := reader(19, errors.New("connection reset by peer")).Follow(t.Context(), api(), Mark{}, nil)
	require.NoError(t, err)
	assert.True(t, d.Failed())
	_, err = reader(20, errors.New("connection reset by peer")).Follow(t.Context(), api(), Mark{}, nil)
	assert.EqualError(t, err, "reading the deployments: connection reset by peer")
	_, err = reader(1, &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no", Fault: smithy.FaultClient}).Follow(t.Context(), api(), Mark{}, nil)
	assert.ErrorContains(t, err, "AccessDeniedException")
}

func TestADeploymentThatIsNotDecidedInTimeIsNamed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &Reader{ECS: looks(list{begun("2", 2, progress)}), Pause: func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}}
	d, err := r.Follow(ctx, api(), Mark{}, nil)
	assert.EqualError(t, err, "its deployment 2 is IN_PROGRESS: context canceled")
	assert.False(t, d.Failed(), "nothing is decided")
}
