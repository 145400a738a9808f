package enginetest

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func queues(timeout int) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		dead := register(ctx, "aws:sqs/queue:Queue", "dead", pulumi.Map{})
		jobs := register(ctx, "aws:sqs/queue:Queue", "jobs", pulumi.Map{
			"visibilityTimeoutSeconds": pulumi.Int(timeout),
			"redrivePolicy":            pulumi.JSONMarshal(map[string]any{"deadLetterTargetArn": dead.ARN, "maxReceiveCount": 5}),
		})
		ctx.Export("url", jobs.URL)
		return nil
	}
}

func TestSecondUpChangesNothingAndDestroyLeavesNothing(t *testing.T) {
	p := newProject(t)

	first := p.up(queues(30))
	require.NoError(t, first.err, first.output)
	assert.Equal(t, []string{"create"}, first.steps["jobs"])
	assert.Regexp(t, `^https://sqs\.eu-west-1\.amazonaws\.com/123456789012/jobs-[0-9a-f]{7}$`, first.Outputs["url"].Value)

	second := p.up(queues(30))
	require.NoError(t, second.err, second.output)
	assert.Empty(t, second.order)

	changed := p.up(queues(60))
	require.NoError(t, changed.err, changed.output)
	assert.Equal(t, []string{"update jobs"}, changed.order)

	gone := p.destroy()
	require.NoError(t, gone.err, gone.output)
	assert.True(t, p.account().Empty())
}
