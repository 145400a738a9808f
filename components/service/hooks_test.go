package service

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/blang/semver"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEngineThatOnlyWarnsOfARollbackIsRefused(t *testing.T) {
	var asked string
	require.NoError(t, checkEngine(func(versions string) error {
		asked = versions
		return nil
	}))
	// The engine reads the range with this package.
	allowed, err := semver.ParseRange(asked)
	require.NoError(t, err)
	for version, ok := range map[string]bool{"3.237.0": false, "3.238.0": true, "3.259.0": true} {
		assert.Equal(t, ok, allowed(semver.MustParse(version)), version)
	}
	err = checkEngine(func(string) error { return errors.New("version 3.200.0 does not satisfy it") })
	assert.EqualError(t, err, "a deployment that was rolled back fails the run with Pulumi >=3.238.0 only; upgrade the Pulumi CLI: version 3.200.0 does not satisfy it")
}

func TestHooksReachAWSAsTheProgramSays(t *testing.T) {
	b := &builder{args: Args{AWS: &aws.Config{Region: "eu-west-1"}}}
	settings, err := b.aws(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "eu-west-1", settings.Region)
}

func TestECSHasAsLongToDecideAsTheTasksHaveToComeUp(t *testing.T) {
	b := &builder{name: "api", args: Args{DeployTimeout: time.Hour}}
	assert.Equal(t, time.Hour, b.watcher().limit)
}
