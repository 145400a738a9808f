package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/cloud"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

type plainResource struct{ pulumi.CustomResourceState }

// smallProgram declares a queue with its dead-letter queue, which the first
// refers to, and an output.
func smallProgram(ctx *pulumi.Context) error {
	var dead, jobs plainResource
	err := ctx.RegisterResource("aws:sqs/queue:Queue", "dead", pulumi.Map{"name": pulumi.String("dead")}, &dead)
	if err != nil {
		return err
	}
	err = ctx.RegisterResource("aws:sqs/queue:Queue", "jobs", pulumi.Map{
		"name": pulumi.String("jobs"),
		"tags": pulumi.StringMap{"deadLetters": dead.ID()},
	}, &jobs)
	if err != nil {
		return err
	}
	ctx.Export("queue", jobs.ID())
	return nil
}

// smallCheckout is an app that deploys smallProgram.
func smallCheckout(t *testing.T) (*app, string) {
	t.Helper()
	a, root := fakeCheckout(t)
	settings := "config:\n  aws:region: us-east-1\n  tenfold:domain: dev.example.com\n"
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.dev.yaml"), []byte(settings), 0o644))
	a.program = smallProgram
	return a, root
}

func accountOf(t *testing.T, root string) *account.Account {
	t.Helper()
	held, err := account.Read(sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev").Account())
	require.NoError(t, err)
	return held
}

func upSmall(t *testing.T, a *app, flags ...string) result {
	t.Helper()
	return a.runFor(t, append([]string{"sandbox", "up", "dev", "--policy-pack", "none"}, flags...)...)
}

func TestUpSaysWhatExistsAndASecondOneChangesNothing(t *testing.T) {
	a, root := smallCheckout(t)
	got := upSmall(t, a)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "prepared: hosted zone dev.example.com; in a real account you create it once\n")
	assert.Contains(t, got.stdout, "dev in the offline account 123456789012, us-east-1: 2 resources\n\n  messaging     2  Queue 2\n")
	assert.Regexp(t, `(?m)^  queue  https://\S+/jobs$`, got.stdout)
	assert.Contains(t, got.stdout, "bin/tenfold sandbox account dev")
	assert.NotContains(t, got.stdout, "\x1b[", "no colour without a terminal")

	again := upSmall(t, a, "--expect-no-changes")
	require.Zero(t, again.code, again.stdout+again.stderr)
	assert.NotContains(t, again.stderr, "prepared:")

	gone := a.runFor(t, "sandbox", "destroy", "dev")
	require.Zero(t, gone.code, gone.stdout+gone.stderr)
	assert.True(t, accountOf(t, root).Empty())
}

func TestARunLeavesTheCheckoutAsItWas(t *testing.T) {
	a, root := smallCheckout(t)
	before := checkoutFiles(t, root)
	require.Zero(t, upSmall(t, a).code)
	for _, script := range []string{
		"pulumi config set aws:region eu-west-1", "pulumi refresh --yes --skip-preview", "pulumi stack output", "pulumi destroy --yes --skip-preview", "pulumi stack rm --yes",
	} {
		got := a.runFor(t, "sandbox", "exec", "-s", "dev", "--", "sh", "-c", "cd "+root+" && "+script+" --non-interactive")
		require.Zero(t, got.code, script+"\n"+got.stdout+got.stderr)
	}
	assert.Equal(t, before, checkoutFiles(t, root))
}

// checkoutFiles reads every file outside .tenfold.
func checkoutFiles(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".tenfold" {
			return fs.SkipDir
		}
		if !d.IsDir() {
			content, readErr := os.ReadFile(path)
			files[path] = string(content)
			return readErr
		}
		return nil
	}))
	return files
}

func TestAFailedUpNamesItselfOnceAndTheNextOneGoesOn(t *testing.T) {
	a, root := smallCheckout(t)
	require.Zero(t, a.runFor(t, "sandbox", "fail", "dev", "create", "aws:sqs/queue:Queue", "--name", "jobs", "--error", "ThrottlingException: Rate exceeded").code)
	got := upSmall(t, a)
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stdout, "ThrottlingException: Rate exceeded")
	assert.True(t, strings.HasSuffix(got.stderr, "error: up of dev failed; the reasons are above\n"), got.stderr)
	assert.Len(t, accountOf(t, root).List().Resources, 1)

	require.Zero(t, upSmall(t, a).code)
	assert.Len(t, accountOf(t, root).List().Resources, 2)
}

func TestDriftIsFoundByRefreshAndMendedByUp(t *testing.T) {
	a, _ := smallCheckout(t)
	require.Zero(t, upSmall(t, a).code)
	got := a.runFor(t, "sandbox", "drift", "dev", "jobs", "visibilityTimeoutSeconds=5")
	require.Zero(t, got.code, got.stderr)

	assert.Zero(t, a.runFor(t, "sandbox", "preview", "dev", "--policy-pack", "none", "--expect-no-changes").code, "the state does not know yet")
	assert.Equal(t, exitFailure, a.runFor(t, "sandbox", "refresh", "dev", "--expect-no-changes").code)
	require.Zero(t, upSmall(t, a, "--refresh").code)
	assert.Zero(t, a.runFor(t, "sandbox", "refresh", "dev", "--expect-no-changes").code)
}

func TestAnInterruptedUpLeavesAnAccountTheNextRunGoesOnFrom(t *testing.T) {
	a, root := smallCheckout(t)
	require.Zero(t, a.runFor(t, "sandbox", "fail", "dev", "create", "aws:sqs/queue:Queue", "--name", "dead", "--delay", "1s").code)
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr safeBuffer
	copied := *a
	copied.stdout, copied.stderr = &stdout, &stderr
	ended := make(chan int, 1)
	go func() { ended <- copied.run(ctx, []string{"sandbox", "up", "dev", "--policy-pack", "none"}) }()
	require.Eventually(t, func() bool { return strings.Contains(stdout.String(), "dead creating") }, time.Minute, 5*time.Millisecond)
	cancel()
	require.Equal(t, exitFailure, <-ended)
	assert.Contains(t, stderr.String(), "error: up of dev was stopped; the account and the state hold what was done, and the next run goes on from there\n")
	assert.LessOrEqual(t, len(accountOf(t, root).List().Resources), 1)

	got := upSmall(t, a)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Len(t, accountOf(t, root).List().Resources, 2)
	assert.Zero(t, upSmall(t, a, "--expect-no-changes").code)
}

// TestMain lets the test binary stand in for the command line, so that a test
// can kill it. It deploys smallProgram in the checkout the environment names.
func TestMain(m *testing.M) {
	if root := os.Getenv("TENFOLD_TEST_CHECKOUT"); root != "" {
		a := &app{
			stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, program: smallProgram,
			root: func() (string, error) { return root, nil },
		}
		os.Exit(a.run(context.Background(), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// killedCreating kills an up while it creates a queue that takes long.
func killedCreating(t *testing.T, a *app, root, queue string) {
	t.Helper()
	require.Zero(t, a.runFor(t, "sandbox", "fail", "dev", "create", "aws:sqs/queue:Queue", "--name", queue, "--delay", "10m").code)
	cmd := exec.Command(os.Args[0], "sandbox", "up", "dev", "--policy-pack", "none")
	cmd.Env = append(os.Environ(), "TENFOLD_TEST_CHECKOUT="+root)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return len(accountOf(t, root).Faults()) == 0 }, time.Minute, 5*time.Millisecond,
		"the creation never began")
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
}

func TestAKilledUpIsTakenUpByTheNextRun(t *testing.T) {
	a, root := smallCheckout(t)
	killedCreating(t, a, root, "jobs")
	require.Len(t, accountOf(t, root).List().Resources, 1)

	got := upSmall(t, a)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.NotContains(t, got.stdout+got.stderr, "pending operations")
	assert.Len(t, accountOf(t, root).List().Resources, 2)
	assert.Zero(t, upSmall(t, a, "--expect-no-changes").code)
}

func TestWhatAKilledUpMadeWithoutRecordingItIsTakenBack(t *testing.T) {
	a, root := smallCheckout(t)
	killedCreating(t, a, root, "jobs")
	path := sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev").Account()
	held, err := account.Open(path, account.Options{})
	require.NoError(t, err)
	made, err := cloud.New(held)
	require.NoError(t, err)
	for _, name := range []string{"jobs", "other"} {
		_, err = made.Create(&cloud.Request{Type: "aws:sqs/queue:Queue", Region: "us-east-1",
			URN: resource.URN("urn:pulumi:dev::shop::aws:sqs/queue:Queue::" + name), Inputs: resource.PropertyMap{"name": resource.NewProperty(name)}})
		require.NoError(t, err)
	}
	require.NoError(t, held.Close())

	got := upSmall(t, a)
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.Contains(t, got.stderr, "a run was killed before it had recorded what it made: jobs, other; taken back here")
	names := []string{}
	for _, r := range accountOf(t, root).List().Resources {
		names = append(names, r.Name)
	}
	assert.ElementsMatch(t, []string{"dead", "jobs"}, names)
	again := upSmall(t, a, "--expect-no-changes")
	require.Zero(t, again.code, again.stdout+again.stderr)
	assert.NotContains(t, again.stderr, "killed")
}

// What a run leaves in the account on purpose, as with retainOnDelete, stays.
func TestWhatAnEndedRunLeftInTheAccountStays(t *testing.T) {
	a, root := smallCheckout(t)
	require.Zero(t, upSmall(t, a).code)
	got := a.runFor(t, "sandbox", "exec", "-s", "dev", "--", "pulumi", "-C", root, "state", "delete", "--yes",
		"urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs")
	require.Zero(t, got.code, got.stdout+got.stderr)
	a.program = func(*pulumi.Context) error { return nil }
	got = upSmall(t, a, "--allow-delete", "urn:pulumi:dev::shop::aws:sqs/queue:Queue::dead")
	require.Zero(t, got.code, got.stdout+got.stderr)
	assert.NotContains(t, got.stderr, "taken back")
	assert.Len(t, accountOf(t, root).List().Resources, 1)
}

// What a kill at any moment leaves is readable only if each file of state is
// replaced in one step. The backend's metadata files are not, so there are none.
func TestTheStateHasNoFileThatIsWrittenInPlace(t *testing.T) {
	a, root := smallCheckout(t)
	require.Zero(t, upSmall(t, a).code)
	backend := sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev").Backend()
	states, metadata := 0, []string(nil)
	require.NoError(t, filepath.WalkDir(backend, func(path string, d fs.DirEntry, err error) error {
		switch filepath.Ext(path) {
		case ".json":
			states++
		case ".attrs":
			metadata = append(metadata, path)
		}
		return err
	}))
	assert.NotZero(t, states)
	assert.Empty(t, metadata)
}

func TestTheLockOfAKilledEngineDoesNotStandInTheWay(t *testing.T) {
	a, root := smallCheckout(t)
	require.Zero(t, upSmall(t, a).code)
	locks := filepath.Join(sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev").Backend(), ".pulumi", "locks", "organization", "shop", "dev")
	got := a.runFor(t, "sandbox", "exec", "-s", "dev", "--", "sh", "-c", "mkdir -p "+locks+" && echo '{}' > "+locks+
		"/0d3adbee-0000-0000-0000-000000000000.json && cd "+root+" && pulumi refresh --yes --skip-preview --non-interactive")
	require.NotZero(t, got.code)
	require.Contains(t, got.stderr, "the stack is currently locked by 1 lock(s)")

	got = a.runFor(t, "sandbox", "refresh", "dev")
	assert.Zero(t, got.code, got.stdout+got.stderr)
}

func TestTwoRunsDoNotShareASandbox(t *testing.T) {
	a, root := smallCheckout(t)
	held, err := account.Open(sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev").Account(), account.Options{})
	require.NoError(t, err)
	defer held.Close()
	got := upSmall(t, a)
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stderr, "is in use by process")
}

func TestTheEventLogHoldsTheEnginesEventsInOrder(t *testing.T) {
	a, root := smallCheckout(t)
	path := filepath.Join(root, "events.json")
	require.Zero(t, a.runFor(t, "sandbox", "preview", "dev", "--policy-pack", "none", "--event-log", path).code)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{
		"urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev": "create",
		"urn:pulumi:dev::shop::aws:sqs/queue:Queue::dead":     "create",
		"urn:pulumi:dev::shop::aws:sqs/queue:Queue::jobs":     "create",
	}, operations(t, content))
	last := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	assert.Contains(t, string(last[len(last)-1]), "cancelEvent", "the engine's last event")
}

// operations reads an event log: what the engine plans for each resource.
func operations(t *testing.T, log []byte) map[string]string {
	t.Helper()
	planned := map[string]string{}
	decoder := json.NewDecoder(bytes.NewReader(log))
	for decoder.More() {
		var e apitype.EngineEvent
		require.NoError(t, decoder.Decode(&e))
		if e.ResourcePreEvent != nil && !strings.Contains(e.ResourcePreEvent.Metadata.Type, "pulumi:providers:") {
			planned[e.ResourcePreEvent.Metadata.URN] = string(e.ResourcePreEvent.Metadata.Op)
		}
	}
	return planned
}
