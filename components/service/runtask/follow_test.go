package runtask

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// page is an answer of the log: lines, and where it goes on.
func page(next string, lines ...string) string {
	events := ""
	for i, line := range lines {
		if i > 0 {
			events += ","
		}
		events += `{"message":"` + line + `"}`
	}
	return `{"events":[` + events + `],"nextForwardToken":"` + next + `"}`
}

func TestTheOutputIsHandedOnWhileTheTaskRunsAndEachLineOnce(t *testing.T) {
	r, e := runner(t, map[string][]string{
		"RunTask": {started}, "DescribeTasks": {running, running, stopped(`{"name":"api","exitCode":0}`)},
		"GetLogEvents": {
			page("f/1", "one"), page("f/1"), // first look: a line, and the end
			page("f/2", "two", "three"), page("f/2"), // second look
			page("f/2"),                      // third look, when the task has stopped
			page("f/3", "four"), page("f/3"), // what arrives afterwards
			`{"events":[{"message":"the last lines"}]}`, // for the result
		},
	})
	var told string
	var lines []string
	followed := task()
	followed.Started = func(arn string) { told = arn }
	followed.Output = func(line string) { lines = append(lines, line) }
	result, err := r.Run(t.Context(), followed)
	require.NoError(t, err)
	assert.Equal(t, taskARN, told)
	assert.Equal(t, []string{"one", "two", "three", "four"}, lines)
	assert.Equal(t, []string{"the last lines"}, result.Log)
	first := e.requests["GetLogEvents"][0]
	assert.Equal(t, true, first["startFromHead"])
	assert.Nil(t, first["nextToken"])
	assert.Equal(t, "f/1", e.requests["GetLogEvents"][2]["nextToken"])
}

func TestALogThatIsNotThereYetIsLookedForAgain(t *testing.T) {
	r, e := runner(t, map[string][]string{"RunTask": {started}, "DescribeTasks": {running, stopped(`{"name":"api","exitCode":0}`)}})
	followed := task()
	followed.Output = func(string) { t.Error("nothing was written") }
	result, err := r.Run(t.Context(), followed)
	require.NoError(t, err)
	assert.True(t, result.Succeeded(), "the exit code is known without the log")
	assert.Len(t, e.requests["GetLogEvents"], 4, "at each look, after the end, and for the last lines")
}
