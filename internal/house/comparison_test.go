package house

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// claim is a cell of the comparison: a file, and what in it does the thing.
var claim = regexp.MustCompile("(?m)\\| `([^`]+)`: `([^`]+)` \\|$")

func TestEveryClaimOfTheComparisonsIsInTheCode(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, name := range []string{"comparison-data.md", "comparison-compute.md"} {
		text, err := os.ReadFile(filepath.Join(root, "docs", name))
		require.NoError(t, err)
		claims := claim.FindAllStringSubmatch(string(text), -1)
		require.Greater(t, len(claims), 20, name)
		for _, c := range claims {
			source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(c[1])))
			require.NoError(t, err, name)
			assert.Contains(t, string(source), c[2], "%s: %s", name, c[1])
		}
	}
}
