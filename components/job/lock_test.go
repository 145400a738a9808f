package job_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/job"
)

func definition(t *testing.T, change func(*job.Args)) any {
	return build(t, change).One(t, machineToken, "report").JSON(t, "definition")
}

// explore goes through every world that can come of one, and says what it found
// wrong: two tasks at a time, or a run that was skipped though nobody ran. It
// returns how many worlds there were.
func explore(m machine, first world) (int, error) {
	seen, open := map[string]bool{}, []world{first}
	for len(open) > 0 {
		w := open[len(open)-1]
		open = open[:len(open)-1]
		key := fmt.Sprint(w)
		if seen[key] {
			continue
		}
		seen[key] = true
		if w.tasks() > 1 {
			return len(seen), fmt.Errorf("two tasks run at a time: %v", w)
		}
		next := w.next(m)
		if len(next) == 0 {
			if err := settled(m, first, w); err != nil {
				return len(seen), err
			}
		}
		open = append(open, next...)
	}
	return len(seen), nil
}

// settled judges a world in which all has ended: someone ran, unless an execution
// from before or a person was in the way, and the next run finds a free lock.
func settled(m machine, first, w world) error {
	ran := others[first.holder] == "RUNNING" || w.aborts < first.aborts
	for _, r := range w.runs {
		ran = ran || r.ran
	}
	if !ran {
		return fmt.Errorf("nobody ran: %v", w)
	}
	if others[w.holder] == "RUNNING" {
		return nil
	}
	w.faults, w.unseen, w.aborts, w.redrives, w.failTasks = 0, 0, 0, 0, false
	w.runs[0] = run{execution: m.begin(arn("next"), map[string]any{})}
	for w.runs[0].status == "RUNNING" {
		w = w.next(m)[0]
	}
	if !w.runs[0].ran {
		return fmt.Errorf("the next run was skipped: %v", w)
	}
	return nil
}

// troubled lets as much go wrong as the retries of the lock have to survive.
func troubled(w world) world {
	w.faults, w.unseen, w.aborts, w.redrives, w.failTasks = 2, 2, 1, 1, true
	return w
}

func TestOfRunsThatStartAtOnceOneRunsTheTaskWhateverTheOrderOfTheirSteps(t *testing.T) {
	m := read(t, definition(t, nil))
	for _, holder := range []string{"", arn("ended"), arn("forgotten"), arn("running")} {
		for _, first := range []world{begin(m, holder, 2), troubled(begin(m, holder, 2)), begin(m, holder, 3)} {
			_, err := explore(m, first)
			require.NoError(t, err, holder)
		}
	}
	three := begin(m, arn("ended"), 3)
	three.faults, three.unseen, three.failTasks = 1, 1, true
	worlds, err := explore(m, three)
	require.NoError(t, err)
	assert.Greater(t, worlds, 50_000, "the search goes deep")
}

// A search that finds nothing in a broken definition would prove nothing.
func TestTheSearchFindsWhatIsWrongWithALockThatLacksAnyOfItsParts(t *testing.T) {
	const two, none, skipped = "two tasks run at a time", "nobody ran", "the next run was skipped"
	for name, c := range map[string]struct {
		breaks func(states map[string]map[string]any)
		want   string
	}{
		"the free lock is taken without a condition": {func(s map[string]map[string]any) {
			delete(s["TakeTheFreeLock"]["Parameters"].(map[string]any), "ConditionExpression")
		}, two},
		"the lock is taken over without a condition": {func(s map[string]map[string]any) {
			delete(s["TakeTheLockOver"]["Parameters"].(map[string]any), "ConditionExpression")
		}, two},
		"the holder of the lock is not let in": {func(s map[string]map[string]any) {
			s["TakeTheFreeLock"]["Parameters"].(map[string]any)["ConditionExpression"] = "attribute_not_exists(holder)"
		}, none},
		"the reader may see the past": {func(s map[string]map[string]any) {
			delete(s["WhoHoldsTheLock"]["Parameters"].(map[string]any), "ConsistentRead")
		}, none},
		"an execution that is not known is asked for once": {func(s map[string]map[string]any) {
			s["IsTheHolderRunning"]["Retry"].([]any)[0].(map[string]any)["MaxAttempts"] = 0.0
		}, two},
		"a running holder counts as ended": {func(s map[string]map[string]any) {
			s["HasTheHolderEnded"]["Default"] = "TakeTheLockOver"
		}, two},
		"a holder that was stopped counts as running": {func(s map[string]map[string]any) {
			choice := s["HasTheHolderEnded"]["Choices"].([]any)[0].(map[string]any)
			choice["Or"] = choice["Or"].([]any)[:3]
		}, skipped},
		"nobody waits for a task to stop": {func(s map[string]map[string]any) {
			s["RunTheTask"]["Catch"].([]any)[0].(map[string]any)["Next"] = "TheRunFailed"
		}, two},
		"a failed task is not caught and can be redriven": {func(s map[string]map[string]any) {
			delete(s["RunTheTask"], "Catch")
		}, two},
		"a fault is not tried again": {func(s map[string]map[string]any) {
			delete(s["TakeTheFreeLock"], "Retry")
		}, none},
	} {
		t.Run(name, func(t *testing.T) {
			m := read(t, definition(t, nil))
			c.breaks(m.states)
			for _, holder := range []string{arn("ended"), ""} {
				if _, err := explore(m, troubled(begin(m, holder, 2))); err != nil && strings.Contains(err.Error(), c.want) {
					return
				}
			}
			t.Errorf("the search did not find that %s", c.want)
		})
	}
}

func TestRunsThatMayOverlapTakeNoLock(t *testing.T) {
	m := read(t, definition(t, func(a *job.Args) { a.Overlap = true }))
	_, err := explore(m, begin(m, "", 2))
	assert.ErrorContains(t, err, "two tasks run at a time")
}

// follow plays one execution alone, in a world where chance has one outcome.
func follow(m machine, w world) (path []string, last run) {
	for w.runs[0].status == "RUNNING" {
		if state := w.runs[0].state; len(path) == 0 || path[len(path)-1] != state {
			path = append(path, state)
		}
		w = w.next(m)[0]
	}
	return path, w.runs[0]
}

func TestARunSaysInItsStatesWhatItFound(t *testing.T) {
	m := read(t, definition(t, nil))
	skipped := []string{"WhoHoldsTheLock", "IsTheLockTaken", "IsTheHolderRunning", "HasTheHolderEnded", "AnotherRunHoldsTheLock"}
	paths := map[string][]string{
		"":               {"WhoHoldsTheLock", "IsTheLockTaken", "TakeTheFreeLock", "RunTheTask"},
		arn("forgotten"): append(slices.Clone(skipped[:3]), "TakeTheLockOver", "RunTheTask"),
	}
	for holder := range others {
		paths[holder] = append(slices.Clone(skipped[:4]), "TakeTheLockOver", "RunTheTask")
	}
	paths[arn("running")] = skipped
	for holder, want := range paths {
		path, last := follow(m, begin(m, holder, 1))
		assert.Equal(t, want, path, holder)
		assert.Equal(t, "SUCCEEDED", last.status, holder)
		assert.Equal(t, holder != arn("running"), last.ran)
	}
	_, skip := follow(m, begin(m, arn("running"), 1))
	item, _ := find("$.Item.holder.S", "$.", skip.data)
	assert.Equal(t, arn("running"), item, "the output of a run that was skipped names the one that was in its way")
}

func TestARunFailsAsItsTaskFailedAndIsNotTriedAgain(t *testing.T) {
	m := read(t, definition(t, nil))
	at := func(state string) execution {
		return m.enter(m.begin(arn("0"), map[string]any{}), state, map[string]any{})
	}
	for _, name := range []string{"States.TaskFailed", "ECS.SdkClientException", "ECS.AccessDeniedException"} {
		failed := m.fail(at("RunTheTask"), name, "what ECS said")
		require.Equal(t, "TheRunFailed", failed.state, name)
		failed = m.pass(failed)
		assert.Equal(t, []string{"FAILED", "TheRunFailed", name + ": what ECS said"}, []string{failed.status, failed.err, failed.cause})
	}
	late := m.fail(at("RunTheTask"), "States.Timeout", "")
	require.Equal(t, "LetTheTaskStop", late.state)
	late = m.pass(m.pass(late))
	assert.Equal(t, []string{"FAILED", "TheRunTookTooLong", "the task had not ended after 6h0m0s and was stopped"}, []string{late.status, late.err, late.cause})
}

func TestAStartThatFailsIsTriedAgainAsOftenAsAskedAndNotTooLate(t *testing.T) {
	tries := func(change func(*job.Args)) int {
		m := read(t, definition(t, change))
		e, n := m.enter(m.begin(arn("0"), map[string]any{}), "RunTheTask", map[string]any{}), 0
		for e = m.fail(e, "AmazonECS.Unknown", "no capacity"); e.state == "RunTheTask"; n++ {
			e = m.fail(e, "AmazonECS.Unknown", "no capacity")
		}
		return n
	}
	assert.Equal(t, 3, tries(nil))
	assert.Equal(t, 0, tries(func(a *job.Args) { a.Retries = job.NoRetry }))
	assert.Equal(t, 1, tries(func(a *job.Args) { a.MaxDelay = time.Minute }), "after 1 minute, and not after 3")
	assert.Equal(t, 6, tries(func(a *job.Args) { a.Retries = 185 }), "after 1, 3, 7, 15, 31 and 47 minutes, and not after 63")
	assert.Equal(t, 93, tries(func(a *job.Args) { a.Retries, a.MaxDelay = 185, 24*time.Hour }))
}

func TestALockThatCannotBeReadFailsTheRunAndDoesNotRunTheTask(t *testing.T) {
	m := read(t, definition(t, nil))
	for _, state := range []string{"WhoHoldsTheLock", "TakeTheFreeLock", "IsTheHolderRunning", "TakeTheLockOver"} {
		e := m.enter(m.begin(arn("0"), map[string]any{}), state, map[string]any{})
		for range 5 {
			e = m.fail(e, "States.Timeout", "")
			require.Equal(t, state, e.state, "it is tried again")
		}
		assert.Equal(t, "TheRunFailed", m.fail(e, "States.Timeout", "").state)
	}
}
