package componenttest

import (
	"errors"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

type part struct{ pulumi.CustomResourceState }

type whole struct{ pulumi.ResourceState }

func program(ctx *pulumi.Context) error {
	w := &whole{}
	if err := ctx.RegisterComponentResource("tenfold:test:Whole", "jobs", w); err != nil {
		return err
	}
	return ctx.RegisterResource("aws:sqs/queue:Queue", "jobs-dead", pulumi.Map{
		"name": pulumi.String("jobs-dead"), "tags": pulumi.StringMap{"a": pulumi.String("b")},
	}, &part{}, pulumi.Parent(w), pulumi.Protect(true), pulumi.RetainOnDelete(true), pulumi.IgnoreChanges([]string{"tags"}))
}

func TestTheRecorderSeesParentsInputsAndOptions(t *testing.T) {
	inv := Run(t, program)
	AssertHouse(t, inv, "tenfold:test:Whole", "jobs")
	assert.Equal(t, "aws:sqs/queue:Queue jobs-dead < jobs [protect] [retain] [ignore tags]\ntenfold:test:Whole jobs\n", inv.Text())
	r := inv.One(t, "aws:sqs/queue:Queue", "jobs-dead")
	assert.Equal(t, "b", r.Input("tags.a"))
	assert.Nil(t, r.Input("tags.a.b"))
	assert.Nil(t, r.Input("missing"))
	assert.Contains(t, inv.Detailed(), `    tags: {"a":"b"}`)
}

func TestAComponentBesideAnotherIsCheckedAndShownOnItsOwn(t *testing.T) {
	inv := Run(t, func(ctx *pulumi.Context) error {
		if err := program(ctx); err != nil {
			return err
		}
		return ctx.RegisterComponentResource("tenfold:test:Whole", "other", &whole{})
	})
	AssertHouse(t, inv, "tenfold:test:Whole", "jobs")
	assert.Equal(t, "tenfold:test:Whole other\n", inv.Of(t, "tenfold:test:Whole", "other").Text())
	assert.Len(t, inv.Of(t, "tenfold:test:Whole", "jobs").Resources, 2)
}

func TestTheRecorderReturnsTheErrorOfTheProgram(t *testing.T) {
	_, err := RunErr(t, func(*pulumi.Context) error { return errors.New("no") })
	assert.ErrorContains(t, err, "no")
}

func TestAnUnknownFunctionIsAnError(t *testing.T) {
	_, err := RunErr(t, func(ctx *pulumi.Context) error {
		var out map[string]any
		return ctx.Invoke("aws:index/getArn:getArn", map[string]any{"arn": "x"}, &out)
	})
	assert.ErrorContains(t, err, "does not know the function aws:index/getArn:getArn")
}
