package account

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func strike(t *testing.T, a *Account, name string, operation Operation) string {
	t.Helper()
	fault, err := a.TakeFault(testType, name, operation, nil)
	require.NoError(t, err)
	if fault == nil {
		return ""
	}
	return fault.Error
}

func TestAFaultStrikesTheNthMatchingAttemptAndThenIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	require.NoError(t, a.Plan(Fault{Type: "aws:sqs/*", Name: "jobs", Operation: OnCreate, Nth: 2, Times: 2, Error: "Throttling: slow down"}))

	assert.Empty(t, strike(t, a, "other", OnCreate), "another name does not count")
	assert.Empty(t, strike(t, a, "jobs", OnUpdate), "another operation does not count")
	assert.Empty(t, strike(t, a, "jobs", OnCreate), "the first attempt passes")
	assert.Equal(t, "Throttling: slow down", strike(t, a, "jobs", OnCreate))
	require.NoError(t, a.Close())

	again := open(t, path, Options{})
	require.Len(t, again.Faults(), 1, "a fault that has more to do waits across runs")
	assert.Equal(t, "Throttling: slow down", strike(t, again, "jobs", OnCreate))
	assert.Empty(t, strike(t, again, "jobs", OnCreate))
	assert.Empty(t, again.Faults())
}

func TestAFaultIsRefusedWithEveryProblemAtOnce(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	err := a.Plan(Fault{Operation: "explode", Nth: -1, Partial: true, Rollback: true, Later: 1})
	for _, text := range []string{"type must be", `got "explode"`, "must not be negative", "partial applies to create only", "a rollback applies to create and update of aws:ecs/service:Service", "later applies to the rollback of an update"} {
		assert.ErrorContains(t, err, text)
	}
	assert.Empty(t, a.Faults())
}

func TestAFaultFailsInOneWay(t *testing.T) {
	const service, task = "aws:ecs/service:Service", "aws:ecs/task:Task"
	code := 3
	for _, c := range []struct {
		fault Fault
		want  string
	}{
		{Fault{Type: service, Operation: OnCreate, Partial: true, Rollback: true}, "fault: --partial and --rollback exclude each other; keep one of them"},
		{Fault{Type: task, Operation: OnCreate, Partial: true, ExitCode: &code}, "fault: --exit-code and --partial exclude each other; keep one of them"},
		{Fault{Type: service, Operation: OnCreate, Rollback: true, ExitCode: &code}, "fault: --exit-code and --rollback exclude each other; keep one of them\n" +
			"fault: an exit code is 0 to 255 and applies to create aws:ecs/task:Task, got 3 for create aws:ecs/service:Service"},
		{Fault{Type: service, Operation: OnUpdate, Later: Duration(5 * time.Second)},
			"fault: --later is how long after an update its rollback comes, and --rollback is missing; add it, or leave out --later 5s"},
		{Fault{Type: service, Operation: OnCreate, Rollback: true, Later: Duration(time.Second)}, "fault: later applies to the rollback of an update, got create of aws:ecs/service:Service"},
	} {
		a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
		assert.EqualError(t, a.Plan(c.fault), c.want)
		assert.Empty(t, a.Faults())
	}
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	for _, fault := range []Fault{
		{Type: service, Operation: OnCreate, Partial: true}, {Type: service, Operation: OnCreate, Rollback: true},
		{Type: service, Operation: OnUpdate, Rollback: true, Later: 1}, {Type: task, Operation: OnCreate, ExitCode: &code},
	} {
		assert.NoError(t, a.Plan(fault))
	}
}

func TestAFaultWithoutAnErrorFailsInTheWordsOfAWSUnlessItOnlyDelays(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	require.NoError(t, a.Plan(Fault{Type: "*", Operation: OnDelete}))
	require.NoError(t, a.Plan(Fault{Type: "*", Operation: OnRead, Delay: Duration(time.Second)}))
	assert.Contains(t, a.Faults()[0].Error, "InternalFailure")
	assert.Empty(t, a.Faults()[1].Error)
	require.NoError(t, a.ClearFaults())
	assert.Empty(t, a.Faults())
}

func TestForgottenFaultsStayForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	require.NoError(t, a.Plan(Fault{Type: "*", Operation: OnDelete}))
	require.NoError(t, a.ClearFaults())
	require.NoError(t, a.Close())
	assert.Empty(t, open(t, path, Options{}).Faults())
}

func TestAFaultIsReadFromJSON(t *testing.T) {
	var fault Fault
	require.NoError(t, json.Unmarshal([]byte(`{"type":"*","operation":"create","delay":"1m30s","partial":true}`), &fault))
	assert.Equal(t, Fault{Type: "*", Operation: OnCreate, Delay: Duration(90 * time.Second), Partial: true}, fault)
	assert.ErrorContains(t, json.Unmarshal([]byte(`{"delay":5}`), &fault), "a delay must be text")
}

func TestDriftChangesAddsAndRemovesProperties(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	put(t, a, queue("jobs"))

	for _, change := range []struct {
		path  string
		value any
	}{{"delaySeconds", 7.0}, {"tags.Owner", "somebody"}, {"tags.Team", nil}} {
		_, err := a.Drift("jobs", change.path, change.value)
		require.NoError(t, err)
	}
	after, err := a.Drift("arn:aws:sqs:eu-west-1:123456789012:jobs", "name", "jobs")
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"name": "jobs", "delaySeconds": 7.0, "tags": map[string]any{"Owner": "somebody"}}, after.Properties.plain(t))

	_, err = a.Drift("nobody", "name", "x")
	assert.ErrorContains(t, err, `nothing in the account has the id, ARN or name "nobody"`)
	_, err = a.Drift("jobs", "[", "x")
	assert.ErrorContains(t, err, "is not valid")
	_, err = a.Drift("jobs", "missing.deeper", nil)
	assert.ErrorContains(t, err, "has no property missing.deeper")
}

func (p Properties) plain(t *testing.T) map[string]any {
	t.Helper()
	encoded, err := json.Marshal(p)
	require.NoError(t, err)
	var plain map[string]any
	require.NoError(t, json.Unmarshal(encoded, &plain))
	return plain
}

func TestAnAmbiguousSelectorListsTheChoices(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	put(t, a, queue("jobs"))
	other := queue("jobs")
	other.Type, other.ARN, other.Claims = "aws:sns/topic:Topic", "", nil
	put(t, a, other)

	_, err := a.Vanish("jobs")
	assert.EqualError(t, err, `"jobs" names 2 resources; use one of aws:sqs/queue:Queue::jobs, aws:sns/topic:Topic::jobs`)

	_, err = a.Vanish("aws:sns/topic:Topic::jobs")
	require.NoError(t, err)
	assert.Equal(t, []string{"jobs"}, ids(a))
}

func TestWhatVanishesTakesItsCompanionsAlong(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	put(t, a, queue("parent"))
	for name, owner := range map[string]string{"child": "parent", "grandchild": "child"} {
		r := queue(name)
		r.Owner = &Key{testType, owner}
		put(t, a, r)
	}
	put(t, a, queue("stranger"))

	_, err := a.Vanish("parent")

	require.NoError(t, err)
	assert.Equal(t, []string{"stranger"}, ids(a))
}
