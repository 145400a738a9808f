package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

// fakeCheckout is an app over a folder with two stacks and no program.
func fakeCheckout(t *testing.T) (*app, string) {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"Pulumi.yaml": "name: shop\nruntime: go\n", "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": "",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(content), 0o644))
	}
	return &app{stdin: strings.NewReader(""), root: func() (string, error) { return root, nil }}, root
}

// result is what a command line left behind.
type result struct {
	code           int
	stdout, stderr string
}

func (a *app) runFor(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	copied := *a
	copied.stdout, copied.stderr = &stdout, &stderr
	code := copied.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

func TestAMistakeInTheCommandLineIsNamedAndExitsWithTwo(t *testing.T) {
	for _, tc := range []struct{ line, says, help string }{
		{"sandbx", `tenfold has no command "sandbx"; did you mean sandbox`, "tenfold"},
		{"sandbox ups", `tenfold sandbox has no command "ups"; did you mean up`, "tenfold sandbox"},
		{"sandbox frobnicate", `tenfold sandbox has no command "frobnicate"`, "tenfold sandbox"},
		{"sandbox up", "STACK: argument missing", "tenfold sandbox up"},
		{"sandbox up dev prod", `"prod" is one argument too many; it takes STACK`, "tenfold sandbox up"},
		{"sandbox preview dev --fast", "unknown flag: --fast", "tenfold sandbox preview"},
		{"sandbox destroy", "STACK: argument missing", "tenfold sandbox destroy"},
		{"sandbox exec", `COMMAND is missing; write it after "--"`, "tenfold sandbox exec"},
		{"sandbox exec -- true", `which stack: the command names none, and there are dev, prod; add --stack before "--"`, "tenfold sandbox exec"},
		{"sandbox drift dev", "STACK and RESOURCE are needed", "tenfold sandbox drift"},
		{"sandbox drift dev jobs", "give a PROPERTY=VALUE to change, or --delete", "tenfold sandbox drift"},
		{"sandbox drift dev jobs --delete a=b", "--delete takes no properties", "tenfold sandbox drift"},
		{"sandbox drift dev jobs tags", `"tags" is not of the form PROPERTY=VALUE`, "tenfold sandbox drift"},
		{"sandbox fail dev", "OPERATION, TYPE: argument missing", "tenfold sandbox fail"},
		{"sandbox fail dev --list --clear", "--list and --clear exclude each other", "tenfold sandbox fail"},
		{"sandbox fail --clear", `STACK: argument missing`, "tenfold sandbox fail"},
		{"sandbox fail dev --clear --name a", `--clear takes STACK and nothing else; leave the other arguments and flags out`, "tenfold sandbox fail"},
		{"sandbox fail dev update aws:ecs/service:Service --clear --rollback --name a", `--clear takes STACK and nothing else; leave the other arguments and flags out`, "tenfold sandbox fail"},
		{"sandbox fail dev --list create", `--list takes STACK and nothing else; leave the other arguments and flags out`, "tenfold sandbox fail"},
		{"sandbox fail dev --list --times 1", `--list takes STACK and nothing else; leave the other arguments and flags out`, "tenfold sandbox fail"},
		{"sandbox fail dev update aws:ecs/service:Serivce", `the offline cloud knows no type "aws:ecs/service:Serivce"; did you mean aws:ecs/service:Service`, "tenfold sandbox fail"},
		{"sandbox fail dev create aws:ecs/task:task", `the offline cloud knows no type "aws:ecs/task:task"; did you mean aws:ecs/task:Task`, "tenfold sandbox fail"},
		{"sandbox fail dev create somewhere:else/entirely:Different", `the offline cloud knows no type "somewhere:else/entirely:Different"; give one such as aws:rds/cluster:Cluster, or a pattern such as "aws:rds/*"`, "tenfold sandbox fail"},
		{"sandbox fail dev create aws:sqs*", `"aws:sqs*" matches no type that the offline cloud knows; write "*" for all, or a pattern such as "aws:rds/*", in which * stands for no slash`, "tenfold sandbox fail"},
		{"sandbox fail dev create aws:[sqs", `"aws:[sqs" matches no type that the offline cloud knows; write "*" for all, or a pattern such as "aws:rds/*", in which * stands for no slash`, "tenfold sandbox fail"},
		{"version now", `unknown command "now" for "tenfold version"`, "tenfold version"},
	} {
		t.Run(tc.line, func(t *testing.T) {
			a, _ := fakeCheckout(t)
			got := a.runFor(t, strings.Fields(tc.line)...)
			assert.Equal(t, exitUsage, got.code)
			assert.Empty(t, got.stdout)
			assert.Equal(t, "error: "+tc.says+"\nrun \""+tc.help+" --help\" for what it takes\n", got.stderr)
		})
	}
}

func TestAFailureIsOneMessageAndExitsWithOne(t *testing.T) {
	a, _ := fakeCheckout(t)
	for _, line := range []string{"sandbox up test", "sandbox preview test", "sandbox account test", "sandbox reset test", "sandbox exec -- pulumi preview -s test"} {
		got := a.runFor(t, strings.Fields(line)...)
		assert.Equal(t, exitFailure, got.code, line)
		assert.Equal(t, `error: stack "test" has no settings: there is no Pulumi.test.yaml; the stacks of this repository are dev, prod`+"\n", got.stderr, line)
	}
	got := a.runFor(t, "sandbox", "up", "dev", "--policy-pack", "elsewhere/pack")
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stderr, `elsewhere/pack; give the path of a pack, or "none" to run without one`)
}

func TestHelpListsEveryVerb(t *testing.T) {
	a, _ := fakeCheckout(t)
	for _, args := range [][]string{{"sandbox"}, {"sandbox", "--help"}} {
		got := a.runFor(t, args...)
		assert.Zero(t, got.code)
		for _, verb := range []string{"up", "preview", "refresh", "destroy", "exec", "account", "drift", "fail", "reset"} {
			assert.Regexp(t, `(?m)^  `+verb+` +\S`, got.stdout)
		}
	}
}

func TestDriftChangesTheAccountAndRejectsWhatItDoesNotHold(t *testing.T) {
	a, root := fakeCheckout(t)
	folders := sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev")
	held, err := account.Open(folders.Account(), account.Options{})
	require.NoError(t, err)
	zone, err := held.EnsureHostedZone("example.com")
	require.NoError(t, err)
	require.NoError(t, held.Close())

	got := a.runFor(t, "sandbox", "drift", "dev", "example.com", "comment=by hand", "forceDestroy=true")
	assert.Zero(t, got.code, got.stderr)
	assert.Equal(t, "changed comment of aws:route53/zone:Zone "+zone+"\nchanged forceDestroy of aws:route53/zone:Zone "+zone+"\n", got.stdout)

	held, err = account.Read(folders.Account())
	require.NoError(t, err)
	require.NoError(t, held.View(func(tx *account.Tx) error {
		found, err := tx.Find(zone)
		require.NoError(t, err)
		assert.Equal(t, "by hand", found.Text("comment"))
		assert.True(t, found.Flag("forceDestroy"))
		return nil
	}))

	got = a.runFor(t, "sandbox", "drift", "dev", "absent", "comment=x")
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stderr, `nothing in the account has the id, ARN or name "absent"`)

	got = a.runFor(t, "sandbox", "drift", "dev", zone, "--delete")
	assert.Equal(t, "deleted aws:route53/zone:Zone "+zone+"\n", got.stdout)
	got = a.runFor(t, "sandbox", "account", "dev")
	assert.Equal(t, "account "+account.DefaultID+" is empty\n", got.stdout)
}

func TestFailuresArePlannedListedAndForgotten(t *testing.T) {
	a, _ := fakeCheckout(t)
	got := a.runFor(t, "sandbox", "fail", "dev", "create", "aws:ecs/service:Service", "--nth", "2", "--delay", "3s", "--error", "Throttled")
	require.Zero(t, got.code, got.stderr)
	got = a.runFor(t, "sandbox", "fail", "dev", "--list")
	assert.JSONEq(t, `[{"type":"aws:ecs/service:Service","operation":"create","nth":2,"times":1,"error":"Throttled","delay":"3s"}]`, got.stdout)

	got = a.runFor(t, "sandbox", "fail", "dev", "explode", "*")
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stderr, `operation must be create, read, update or delete, got "explode"`)

	require.Equal(t, exitUsage, a.runFor(t, "sandbox", "fail", "dev", "--clear", "--name", "a").code)
	assert.Contains(t, a.runFor(t, "sandbox", "fail", "dev", "--list").stdout, "Throttled", "nothing is forgotten by mistake")
	require.Zero(t, a.runFor(t, "sandbox", "fail", "dev", "--clear").code)
	assert.JSONEq(t, `[]`, a.runFor(t, "sandbox", "fail", "dev", "--list").stdout)
}

func TestAFailureIsPlannedForATypeThatIsKnownOrAPattern(t *testing.T) {
	a, _ := fakeCheckout(t)
	for _, typ := range []string{"aws:ecs/service:Service", "aws:ecs/task:Task", "aws:ecs/*", "*", "aws:sqs/queue:Que?e", "aws:sqs/queue:[Q]ueue"} {
		got := a.runFor(t, "sandbox", "fail", "dev", "create", typ)
		assert.Zero(t, got.code, got.stderr)
	}
}

func TestAFailureThatCannotHappenIsNotPlanned(t *testing.T) {
	a, _ := fakeCheckout(t)
	for _, c := range []struct{ line, want string }{
		{"update aws:ecs/service:Service --later 5s", "--later is how long after an update its rollback comes, and --rollback is missing; add it, or leave out --later 5s"},
		{"create aws:ecs/service:Service --rollback --partial", "--partial and --rollback exclude each other; keep one of them"},
		{"create aws:ecs/task:Task --exit-code 0 --partial", "--exit-code and --partial exclude each other; keep one of them"},
	} {
		got := a.runFor(t, append([]string{"sandbox", "fail", "dev"}, strings.Fields(c.line)...)...)
		assert.Equal(t, exitFailure, got.code, c.line)
		assert.Equal(t, "error: fault: "+c.want+"\n", got.stderr)
	}
	assert.JSONEq(t, `[]`, a.runFor(t, "sandbox", "fail", "dev", "--list").stdout)
}

func TestResetRemovesASandboxThatNobodyUses(t *testing.T) {
	a, root := fakeCheckout(t)
	assert.Equal(t, "dev has no sandbox\n", a.runFor(t, "sandbox", "reset", "dev").stdout)

	folders := sandboxrun.FoldersOf(sandboxrun.DefaultDir(root), "dev")
	held, err := account.Open(folders.Account(), account.Options{})
	require.NoError(t, err)
	got := a.runFor(t, "sandbox", "reset", "dev")
	assert.Equal(t, exitFailure, got.code)
	assert.Contains(t, got.stderr, "is in use by process")
	require.NoError(t, held.Close())

	assert.Equal(t, "removed the sandbox of dev\n", a.runFor(t, "sandbox", "reset", "dev").stdout)
	assert.NoDirExists(t, filepath.Dir(folders.Account()))
}

func TestTheStackOfACommandIsTheOneItNames(t *testing.T) {
	for line, want := range map[string]string{
		"pulumi preview -s dev":              "dev",
		"pulumi --stack prod preview --diff": "prod",
		"pulumi up --stack=prod":             "prod",
		"pulumi up -s=dev":                   "dev",
		"pulumi stack ls":                    "",
		"make -s":                            "",
	} {
		assert.Equal(t, want, stackIn(strings.Fields(line)), line)
	}
}
