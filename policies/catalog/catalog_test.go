package catalog_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/tenfold-iac/tenfold/policies/catalog"
	"github.com/tenfold-iac/tenfold/policies/pack"
	"github.com/tenfold-iac/tenfold/policies/rules"
)

//go:generate go test . -update

var update = flag.Bool("update", false, "write docs/policies.md")

func TestThePageOfThePoliciesIsCurrent(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "policies.md")
	want := catalog.Page(rules.All())
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, want, string(have), "run go test ./policies/catalog -update")
}

func TestTheListHasOneLineForEachRule(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, catalog.List(&out, rules.All()))
	assert.Equal(t, len(rules.All())+1, strings.Count(out.String(), "\n"))
	assert.Contains(t, out.String(), "stateful-protected")
	assert.Contains(t, out.String(), "mandatory in production")
}

func TestExplainPrintsWhatARuleReadsAndWhy(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, catalog.Explain(&out, rules.All(), []string{"rds-backup-retention"}))
	for _, part := range []string{"RDS.50", "aws:rds/cluster:Cluster", "days (integer, default 7)", "Why", "Fix", "one resource"} {
		assert.Contains(t, out.String(), part)
	}
	out.Reset()
	require.NoError(t, catalog.Explain(&out, rules.All(), []string{"ecs-service-no-public-ip"}))
	assert.Contains(t, out.String(), "The smallest tier runs without NAT")
}

func TestExplainHelpsWithANameThatIsNone(t *testing.T) {
	err := catalog.Explain(&bytes.Buffer{}, rules.All(), []string{"rds-publik-proxy"})
	assert.ErrorContains(t, err, `rule "rds-publik-proxy" does not exist`)
	err = catalog.Explain(&bytes.Buffer{}, rules.All(), []string{"certificate"})
	assert.ErrorContains(t, err, "did you mean certificate-key or certificate-renews")
	assert.Error(t, catalog.Explain(&bytes.Buffer{}, rules.All(), nil))
}

func TestTheProjectFileAndThePackAgreeOnTheVersion(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "PulumiPolicy.yaml"))
	require.NoError(t, err)
	var project struct{ Runtime, Version, Description string }
	require.NoError(t, yaml.Unmarshal(content, &project))
	assert.Equal(t, pack.Version, project.Version)
	assert.Equal(t, "go", project.Runtime)
	assert.NotEmpty(t, project.Description)
}
