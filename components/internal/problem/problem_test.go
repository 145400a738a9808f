package problem

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAnEmptyListIsNoError(t *testing.T) {
	l := Of("queue", "jobs")
	l.Add(nil)
	l.Check(true, "never said")
	assert.NoError(t, l.Err())
}

func TestEveryProblemNamesItsSubjectOnItsOwnLine(t *testing.T) {
	cause := errors.New("cause")
	l := Of("queue", "jobs")
	l.Addf("Size must be positive, got %d", -1)
	l.Check(false, "Name is empty")
	l.Add(errors.Join(errors.New("first"), errors.Join(cause, errors.New("third"))))
	require.ErrorIs(t, l.Err(), cause)
	assert.EqualError(t, l.Err(), `queue "jobs": Size must be positive, got -1
queue "jobs": Name is empty
queue "jobs": first
queue "jobs": cause
queue "jobs": third`)
}

func TestTheProblemsOfAPartNameThePartToo(t *testing.T) {
	l := Of("service", "api")
	part := Within(l, "Sidecar agent")
	part.Addf("Image is missing")
	part.Add(errors.New("User is root"))
	assert.EqualError(t, l.Err(), "service \"api\": Sidecar agent: Image is missing\nservice \"api\": Sidecar agent: User is root")
}
