package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

const projectYAML = `name: shop
runtime: go
main: stacks
backend:
  url: s3://example-state
config:
  shop:tier:
    default: mvp
`

const stackYAML = `secretsprovider: awskms://alias/state
encryptedkey: AQICAHh
config:
  aws:region: us-east-1
  shop:domain: example.com
  shop:token:
    secure: v1:abc
  shop:clients:
    - name: one
      key: {secure: v1:def}
  shop:services: {web: {port: 3000}}
environment: [shop/dev]
`

func checkout(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	}
	return root
}

func load(t *testing.T, root, stack string) *Stack {
	t.Helper()
	p, err := Load(root)
	require.NoError(t, err)
	s, err := p.Stack(stack)
	require.NoError(t, err)
	return s
}

func TestProjectAndStackAreReadFromTheCheckout(t *testing.T) {
	root := checkout(t, map[string]string{
		"Pulumi.yaml": projectYAML, "Pulumi.prod.yaml": stackYAML, "Pulumi.dev.yaml": "",
		"Pulumi.notes.txt": "", "stacks/main.go": "",
	})
	p, err := Load(root)
	require.NoError(t, err)
	assert.Equal(t, "shop", p.Name)
	assert.Equal(t, filepath.Join(root, "stacks"), p.MainDir())

	stacks, err := p.Stacks()
	require.NoError(t, err)
	assert.Equal(t, []string{"dev", "prod"}, stacks)

	s := load(t, root, "prod")
	assert.Equal(t, "us-east-1", s.Config("aws:region"))
	assert.Equal(t, "mvp", s.Config("shop:tier"), "the default of Pulumi.yaml")
	assert.Empty(t, s.Config("shop:absent"))
	assert.Empty(t, s.Config("shop:token"), "an encrypted value is not a word to read")
	assert.Equal(t, []string{"shop:clients", "shop:token"}, s.Encrypted())
	assert.True(t, s.Imports())
	assert.False(t, load(t, root, "dev").Imports())
}

func TestTheHostedZoneIsTheDomainUnlessItIsNamed(t *testing.T) {
	root := checkout(t, map[string]string{
		"Pulumi.yaml":      projectYAML,
		"Pulumi.none.yaml": "config: {}\n",
		"Pulumi.one.yaml":  "config:\n  tenfold:domain: eu.example.com\n",
		"Pulumi.two.yaml":  "config:\n  tenfold:domain: eu.example.com\n  tenfold:hostedZone: example.com\n",
	})
	assert.Empty(t, load(t, root, "none").HostedZone())
	assert.Equal(t, "eu.example.com", load(t, root, "one").HostedZone())
	assert.Equal(t, "example.com", load(t, root, "two").HostedZone())
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	empty := t.TempDir()
	_, err := Load(empty)
	require.EqualError(t, err, "there is no Pulumi.yaml in "+empty+"; run the command inside a Tenfold checkout")

	_, err = Load(checkout(t, map[string]string{"Pulumi.yaml": "runtime: go\n"}))
	require.ErrorContains(t, err, `has no name; add a line such as "name: tenfold"`)
	_, err = Load(checkout(t, map[string]string{"Pulumi.yaml": "name: [\n"}))
	require.ErrorContains(t, err, "is not valid YAML")
	_, err = Load(checkout(t, map[string]string{"Pulumi.yaml": "- name\n"}))
	require.ErrorContains(t, err, "must hold keys and values at its top level")

	p, err := Load(checkout(t, map[string]string{"Pulumi.yaml": projectYAML, "Pulumi.dev.yaml": "", "Pulumi.prod.yaml": ""}))
	require.NoError(t, err)
	_, err = p.Stack("test")
	require.EqualError(t, err, `stack "test" has no settings: there is no Pulumi.test.yaml; the stacks of this repository are dev, prod`)
	_, err = p.Stack("../dev")
	require.ErrorContains(t, err, `stack "../dev" is not a valid name`)
}

func TestTheSandboxCopyKeepsTheConfigurationAndDropsWhatTiesItToTheCloud(t *testing.T) {
	root := checkout(t, map[string]string{"Pulumi.yaml": projectYAML, "Pulumi.prod.yaml": stackYAML})
	dir := filepath.Join(root, ".tenfold", "copy")
	require.NoError(t, load(t, root, "prod").WriteSandbox(dir))

	assert.Equal(t, map[string]any{
		"name": "shop", "runtime": "go", "main": filepath.Join(root, "stacks"),
		"config": map[string]any{"shop:tier": map[string]any{"default": "mvp"}},
	}, decode(t, filepath.Join(dir, "Pulumi.yaml")))
	assert.Equal(t, map[string]any{"config": map[string]any{
		"aws:region": "us-east-1", "shop:domain": "example.com", "shop:token": "sandbox",
		"shop:clients":  []any{map[string]any{"name": "one", "key": "sandbox"}},
		"shop:services": map[string]any{"web": map[string]any{"port": 3000}},
	}}, decode(t, SandboxSettings(dir, "prod")))

	for name, content := range map[string]string{"Pulumi.yaml": projectYAML, "Pulumi.prod.yaml": stackYAML} {
		got, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		assert.Equal(t, content, string(got), "the checkout must not change")
	}
}

func TestTheSandboxCopyFollowsTheCheckoutAndKeepsItsOwnSalt(t *testing.T) {
	root := checkout(t, map[string]string{
		"Pulumi.yaml": projectYAML, "Pulumi.dev.yaml": "encryptionsalt: v1:real\nconfig:\n  shop:domain: a.example.com\n",
	})
	dir := t.TempDir()
	require.NoError(t, load(t, root, "dev").WriteSandbox(dir))
	assert.NotContains(t, decode(t, SandboxSettings(dir, "dev")), "encryptionsalt", "the real stack's salt belongs to its own passphrase")

	copied, err := os.ReadFile(SandboxSettings(dir, "dev"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(SandboxSettings(dir, "dev"), append(copied, []byte("encryptionsalt: v1:sandbox\n")...), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(root, "Pulumi.dev.yaml"), []byte("config:\n  shop:domain: b.example.com\n"), 0o644))
	require.NoError(t, load(t, root, "dev").WriteSandbox(dir))
	assert.Equal(t, map[string]any{
		"encryptionsalt": "v1:sandbox", "config": map[string]any{"shop:domain": "b.example.com"},
	}, decode(t, SandboxSettings(dir, "dev")))
}

func decode(t *testing.T, path string) map[string]any {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	var value map[string]any
	require.NoError(t, yaml.Unmarshal(content, &value))
	return value
}

func TestTheSecretsOfImageCachesAreThoseTheyName(t *testing.T) {
	root := checkout(t, map[string]string{"Pulumi.yaml": projectYAML, "Pulumi.dev.yaml": `config:
  tenfold:imageCaches:
    hub: {upstream: docker-hub, credential: arn-b}
    public: {upstream: ecr-public}
    github: {upstream: github, credential: arn-a}
    other: {upstream: github, credential: arn-a}
`})
	assert.Equal(t, []string{"arn-a", "arn-b"}, load(t, root, "dev").CacheCredentials())
}
