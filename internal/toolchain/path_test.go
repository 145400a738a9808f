package toolchain

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withPulumiOnPath makes a checkout that pins Pulumi 3.259.0 and a PATH with
// only a pulumi that prints the given line.
func withPulumiOnPath(t *testing.T, says string) (*builder, string) {
	t.Helper()
	root := t.TempDir()
	write(t, root, "tools/pulumi/go.mod", "module tools/pulumi\n\ngo 1.26\n\nrequire (\n\tgithub.com/pulumi/pulumi/pkg/v3 v3.259.0\n\tgithub.com/pulumi/pulumi/sdk/v3 v3.1.0 // indirect\n)\n")
	bin := filepath.Join(root, "bin")
	if says != "" {
		write(t, root, "bin/pulumi", "#!/bin/sh\necho "+says+"\n")
	}
	t.Setenv("PATH", bin)
	return &builder{root: root, goCommand: "go", progress: io.Discard, every: time.Minute}, filepath.Join(bin, "pulumi")
}

func TestPulumiOnPathIsUsedFromThePinnedVersionOn(t *testing.T) {
	for _, tc := range []struct {
		says, reason string
	}{
		{says: "v3.259.0"},
		{says: "v3.274.1"},
		{says: "3.300.0"},
		{says: "v3.258.9", reason: " is 3.258.9, and 3.259.0 or newer is needed"},
		{says: "v3.259.0-alpha.1", reason: " is 3.259.0-alpha.1, and 3.259.0 or newer is needed"},
		{says: "v4.0.0", reason: " is 4.0.0, and 3.259.0 or newer is needed"},
		{says: "unknown", reason: " tells no version that can be read"},
	} {
		t.Run(tc.says, func(t *testing.T) {
			b, path := withPulumiOnPath(t, tc.says)
			p, err := findPin(NamePulumi)
			require.NoError(t, err)
			found, reason, err := b.pulumiOnPath(t.Context(), p)
			require.NoError(t, err)
			if tc.reason == "" {
				assert.Equal(t, path, found)
				assert.Empty(t, reason)
				return
			}
			assert.Empty(t, found)
			assert.Equal(t, path+tc.reason, reason)
		})
	}
}

func TestWithoutPulumiOnPathTheReasonSaysSo(t *testing.T) {
	b, _ := withPulumiOnPath(t, "")
	p, err := findPin(NamePulumi)
	require.NoError(t, err)
	found, reason, err := b.pulumiOnPath(t.Context(), p)
	require.NoError(t, err)
	assert.Empty(t, found)
	assert.Equal(t, "no pulumi is on PATH, and 3.259.0 or newer is needed", reason)
}

func TestTheLanguageHostOnPathIsUsedOnlyWithAnAcceptablePulumi(t *testing.T) {
	b, path := withPulumiOnPath(t, "v3.260.0")
	write(t, b.root, "bin/pulumi-language-go", "#!/bin/sh\n")
	dir, err := b.languageHost(t.Context())
	require.NoError(t, err)
	assert.Equal(t, filepath.Dir(path), dir)

	b, _ = withPulumiOnPath(t, "v3.100.0")
	write(t, b.root, "bin/pulumi-language-go", "#!/bin/sh\n")
	_, err = b.languageHost(t.Context())
	require.ErrorContains(t, err, "read the pin of pulumi-language-go", "the pinned one must be asked for, and this checkout has none")
}

func TestTheLanguageHostIsPlacedBesideTheCLIAndFollowsItsPin(t *testing.T) {
	root := t.TempDir()
	cli := filepath.Dir(write(t, root, "cli/bin/pulumi", "cli"))
	for _, version := range []string{"one", "two", "two"} {
		host := filepath.Join(root, version, NameLanguageHost)
		if _, err := os.Stat(host); err != nil {
			write(t, root, filepath.Join(version, NameLanguageHost), version)
		}
		require.NoError(t, placeBeside(host, cli))
		placed, err := os.ReadFile(filepath.Join(cli, NameLanguageHost))
		require.NoError(t, err)
		assert.Equal(t, version, string(placed))
		entries, err := os.ReadDir(cli)
		require.NoError(t, err)
		assert.Len(t, entries, 2, "nothing temporary stays")
	}
}

func TestEveryPinOfTheRepositoryCanBeResolved(t *testing.T) {
	root, err := Root()
	require.NoError(t, err)
	b := &builder{root: root, goCommand: "go", progress: io.Discard, every: time.Minute}
	for _, p := range pins() {
		version, err := b.pinnedVersion(p)
		require.NoError(t, err)
		assert.Regexp(t, `^v\d+\.\d+\.\d+$`, version, p.name)
		key, _, err := b.key(t.Context(), p)
		require.NoError(t, err)
		assert.Regexp(t, `^`+p.name+`-\d+\.\d+\.\d+-go\S+-[0-9a-f]{8}$`, key)
	}
}

func TestThePinnedCLIIsTheReleaseOfTheSDK(t *testing.T) {
	root, err := Root()
	require.NoError(t, err)
	cli, err := findPin(NamePulumi)
	require.NoError(t, err)
	version, err := (&builder{root: root}).pinnedVersion(cli)
	require.NoError(t, err)
	goMod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	assert.Contains(t, string(goMod), "\tgithub.com/pulumi/pulumi/sdk/v3 "+version+"\n")
}

func TestAnUnknownToolIsAnErrorThatListsTheKnownOnes(t *testing.T) {
	_, err := Tool(t.Context(), "terraform")
	require.EqualError(t, err, `unknown tool "terraform"; the pinned tools are actionlint, golangci-lint, pulumi, pulumi-language-go`)
}

func TestRootIsFoundFromBelowAndMissedOutside(t *testing.T) {
	root := t.TempDir()
	write(t, root, "go.mod", "module "+modulePath+"\n\ngo 1.26\n")
	write(t, root, "tools/x/go.mod", "module tools/x\n")
	deep := filepath.Join(root, "tools", "x", "y")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	found, err := rootAbove(deep)
	require.NoError(t, err)
	assert.Equal(t, root, found, "the go.mod of a nested module is not the root")

	outside := t.TempDir()
	_, err = rootAbove(outside)
	require.EqualError(t, err, "no Tenfold checkout at or above "+outside+
		"; run the command inside one (a folder whose go.mod declares module "+modulePath+")")
}
