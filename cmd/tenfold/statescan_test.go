package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

// planted is part of every value that a scan looks for.
const planted = "planted-credential"

// plantValues gives every secret of the account a value, the one that RDS made
// included: a version of its own, as a person and RDS make it. It returns how many
// secrets there are.
func plantValues(t *testing.T, path string) (planting int) {
	t.Helper()
	held, err := account.Open(path, account.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, held.Close()) }()
	require.NoError(t, held.Update(func(tx *account.Tx) error {
		for _, r := range tx.ByType("aws:secretsmanager/secret:Secret") {
			owner := r.Key
			tx.Put(&account.Resource{
				Key:    account.Key{Type: "aws:secretsmanager/secretVersion:SecretVersion", ID: r.ARN + "|1"},
				Region: r.Region, Origin: account.Companion, Owner: &owner,
				Properties: account.Properties{
					"secretId": resource.NewProperty(r.ARN), "secretString": resource.NewProperty(planted + "-in-secrets-manager"),
				},
			})
			planting++
		}
		return nil
	}))
	return planting
}

// credential are names of properties that hold one. A reference to where it is
// kept (an ARN, an id, a key) is none.
var credential = regexp.MustCompile(`(?i)(password|secretstring|secretbinary|privatekey|apikey|appkey|accesskey|authtoken)$`)

func TestNoStateOrEventLogHoldsAPasswordOrTheValueOfASecret(t *testing.T) {
	for _, name := range []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DATADOG_API_KEY", "DATADOG_APP_KEY", "DD_API_KEY", "DD_APP_KEY"} {
		t.Setenv(name, planted+"-in-"+strings.ToLower(name))
	}
	for _, stack := range []string{"dev", "prod"} {
		t.Run(stack, func(t *testing.T) {
			a := repository(t)
			logs := t.TempDir()
			folders := sandboxrun.FoldersOf(a.sandboxes, stack)
			do := func(verb string) {
				got := a.runFor(t, "sandbox", verb, stack, "--event-log", filepath.Join(logs, verb+".json"), "--diff")
				require.Zero(t, got.code, got.stdout+got.stderr)
				assert.NotContains(t, got.stdout+got.stderr, planted, verb)
			}
			do("up")
			assert.Equal(t, 3, plantValues(t, folders.Account()), "two that are declared, and the database's own")
			do("refresh")
			do("preview")
			export := filepath.Join(logs, "export.json")
			got := a.runFor(t, "sandbox", "exec", "--", "pulumi", "stack", "export", "-s", stack, "--show-secrets", "--file", export)
			require.Zero(t, got.code, got.stderr)

			for _, dir := range []string{folders.Backend(), logs} {
				scanned := 0
				require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					content, err := os.ReadFile(path)
					require.NoError(t, err)
					assert.NotContains(t, string(content), planted, path)
					scanned++
					return nil
				}))
				assert.Greater(t, scanned, 3, dir)
			}
			var state struct {
				Deployment struct {
					Resources []struct {
						URN             string
						Inputs, Outputs map[string]any
					}
				}
			}
			content, err := os.ReadFile(export)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(content, &state))
			require.Greater(t, len(state.Deployment.Resources), 50)
			for _, r := range state.Deployment.Resources {
				assert.NotContains(t, r.URN, "SecretVersion", "its value would be in the state")
				assertNoCredential(t, r.URN, r.Inputs)
				assertNoCredential(t, r.URN, r.Outputs)
			}
		})
	}
}

func assertNoCredential(t *testing.T, at string, value any) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			if text, isText := inner.(string); isText && credential.MatchString(name) {
				assert.Empty(t, text, "%s.%s", at, name)
			}
			assertNoCredential(t, at+"."+name, inner)
		}
	case []any:
		for _, inner := range v {
			assertNoCredential(t, at, inner)
		}
	}
}
