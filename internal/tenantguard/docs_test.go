package tenantguard

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDocumentsNameTestsAndFunctionsThatExist keeps the threat model and the
// guide honest: a test or function they name has to exist.
func TestDocumentsNameTestsAndFunctionsThatExist(t *testing.T) {
	var tests, sql strings.Builder
	for _, pattern := range []string{"*_test.go", "sql/*.sql"} {
		paths, err := filepath.Glob(pattern)
		require.NoError(t, err)
		for _, path := range paths {
			b, err := os.ReadFile(path)
			require.NoError(t, err)
			if strings.HasSuffix(path, ".sql") {
				sql.Write(b)
			} else {
				tests.Write(b)
			}
		}
	}
	for path, least := range map[string]int{"threat-model.md": 60, "adopt.md": 15} {
		b, err := os.ReadFile(filepath.Join("..", "..", "docs", "tenancy", path))
		require.NoError(t, err)
		named := 0
		for _, name := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(b), -1) {
			named++
			assert.Contains(t, tests.String(), "func "+name+"(t *testing.T)", path)
		}
		for _, name := range regexp.MustCompile(`\b(?:tenancy|authz)\.[a-z_]+`).FindAllString(string(b), -1) {
			named++
			assert.Contains(t, sql.String(), name, path)
		}
		assert.GreaterOrEqual(t, named, least, path)
	}
}

func TestEveryRuleIsDocumented(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "tenancy", "rules.md"))
	require.NoError(t, err)
	documented := regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(b), -1)
	files, err := Files()
	require.NoError(t, err)
	var rules, named []string
	for _, f := range files {
		for _, m := range regexp.MustCompile(`(?m)^-- rule (\S+)$`).FindAllStringSubmatch(f.SQL, -1) {
			rules = append(rules, m[1])
		}
	}
	for _, m := range documented {
		named = append(named, m[1])
	}
	assert.Equal(t, rules, named)
}
