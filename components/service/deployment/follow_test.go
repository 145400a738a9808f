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
	r := quick(f)
	m, err := r.Mark(t.Context(), api())
	require.NoError(t, err)
	d, err = r.Follow(t.Context(), api(), &m, func() { waits++ })
	return d, waits, err
}

// quick never waits.
func quick(e ECS) *Reader {
	return &Reader{ECS: e, Pause: func(ctx context.Context) error { return ctx.Err() }}
}

func silent() {}

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

func TestWhenNoneBeganTheLastOneDecides(t *testing.T) {
	for _, status := range []types.ServiceDeploymentStatus{successful, back, types.ServiceDeploymentStatusRollbackFailed} {
		f := looks(list{begun("1", 1, status)})
		d, waits, err := follow(t, f)
		require.NoError(t, err)
		assert.Equal(t, Deployment{ARN: arn("1"), Status: status}, d)
		assert.Zero(t, waits)
		assert.Len(t, f.asked, 1+unlisted+1, "a list may be some seconds behind")
	}
	earlier := list{begun("1", 1, progress)}
	d, waits, err := follow(t, looks(earlier, earlier, earlier, earlier, earlier, earlier, list{begun("1", 1, back)}))
	require.NoError(t, err)
	assert.True(t, d.Failed(), "one that a killed run began is followed")
	assert.Equal(t, 1, waits)
}

func TestAServiceWithoutAnyDeploymentIsLeftAlone(t *testing.T) {
	d, waits, err := follow(t, looks(nil))
	require.NoError(t, err)
	assert.Zero(t, d)
	assert.Zero(t, waits)
	f := looks(nil)
	d, err = quick(f).Follow(t.Context(), api(), nil, silent)
	require.NoError(t, err)
	assert.Zero(t, d)
	assert.Len(t, f.asked, 3, "of the last hour, the last day, and of all")
}

func TestWithoutAMarkTheLastDeploymentDecides(t *testing.T) {
	f := looks(nil, list{begun("1", 1, successful), begun("2", 2, back)})
	d, err := quick(f).Follow(t.Context(), api(), nil, silent)
	require.NoError(t, err)
	assert.Equal(t, Deployment{ARN: arn("2"), Status: back}, d)
	require.Len(t, f.asked, 2)
	assert.WithinDuration(t, time.Now().Add(-time.Hour), *f.asked[0].CreatedAt.After, time.Minute)
	assert.WithinDuration(t, time.Now().Add(-24*time.Hour), *f.asked[1].CreatedAt.After, time.Minute)
}

func TestADeploymentThatWasSeenDoesNotGoAway(t *testing.T) {
	f := looks(nil, list{begun("2", 2, progress)})
	f.looks = append(append(f.looks, make([]list, 30)...), list{begun("2", 2, back)})
	d, _, err := follow(t, f)
	require.NoError(t, err)
	assert.True(t, d.Failed())
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
		assert.Equal(t, int32(100), *in.MaxResults)
		assert.WithinDuration(t, time.Now().Add(-time.Hour), *in.CreatedAt.After, time.Minute, "not 90 days of history; the clocks may differ")
	}
}

func TestEveryPageIsRead(t *testing.T) {
	r := &Reader{ECS: &paged{fake: looks(nil), pages: []list{{begun("1", 1, successful)}, {begun("2", 2, successful)}}}}
	d, err := r.Begun(t.Context(), api(), Mark{})
	require.NoError(t, err)
	assert.Equal(t, arn("2"), d.ARN)
}

// paged answers in pages.
type paged struct {
	*fake
	pages []list
}

func (p *paged) ListServiceDeployments(_ context.Context, in *ecs.ListServiceDeploymentsInput, _ ...func(*ecs.Options)) (*ecs.ListServiceDeploymentsOutput, error) {
	if in.CreatedAt == nil {
		return nil, errors.New("only recent ones are wanted")
	}
	if aws.ToString(in.NextToken) == "" {
		return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: p.pages[0], NextToken: aws.String("more")}, nil
	}
	return &ecs.ListServiceDeploymentsOutput{ServiceDeployments: p.pages[1]}, nil
}

func TestAServiceThatDoesNotExistYetHasNoDeployments(t *testing.T) {
	for _, missing := range []error{&types.ServiceNotFoundException{}, &types.ServiceNotActiveException{}} {
		f := looks(list{begun("1", 1, successful)})
		f.failures, f.err = 1, missing
		d, _, err := follow(t, f)
		require.NoError(t, err)
		assert.Equal(t, arn("1"), d.ARN)
		assert.Len(t, f.asked, 2, "it is new")
	}
	f := looks(nil)
	f.failures, f.err = 1, &types.ServiceNotFoundException{}
	_, err := quick(f).Follow(t.Context(), api(), nil, silent)
	assert.ErrorContains(t, err, "ServiceNotFoundException", "afterwards it has to be there")
}

func TestAskingOutlastsAMomentOfSilenceAndNoRefusal(t *testing.T) {
	reader := func(failures int, err error) *Reader {
		f := looks(list{begun("2", 2, back)})
		f.failures, f.err = failures, err
		return quick(f)
	}
	silence := errors.New("connection reset by peer")
	d, err := reader(19, silence).Follow(t.Context(), api(), &Mark{}, silent)
	require.NoError(t, err)
	assert.True(t, d.Failed())
	_, err = reader(20, silence).Follow(t.Context(), api(), &Mark{}, silent)
	assert.EqualError(t, err, "reading the deployments: connection reset by peer")
	_, err = reader(19, silence).Mark(t.Context(), api())
	require.NoError(t, err)
	_, err = reader(20, silence).Mark(t.Context(), api())
	require.Error(t, err)
	_, err = reader(1, &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "no", Fault: smithy.FaultClient}).Follow(t.Context(), api(), nil, silent)
	assert.ErrorContains(t, err, "AccessDeniedException")
}

func TestADeploymentThatIsNotDecidedInTimeIsNamed(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := &Reader{ECS: looks(list{begun("2", 2, progress)}), Pause: func(ctx context.Context) error {
		cancel()
		return ctx.Err()
	}}
	d, err := r.Follow(ctx, api(), nil, silent)
	assert.EqualError(t, err, "its deployment 2 is IN_PROGRESS: context canceled")
	assert.False(t, d.Failed(), "nothing is decided")
}
