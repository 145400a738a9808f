package environment

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheDocumentShowsTheTiersAsTheyAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "tiers.md"))
	require.NoError(t, err)
	value := func(tier Tier) []any {
		s := tier.Settings()
		return []any{s.NAT, s.WAF, s.MinACU, s.MaxACU, s.Readers, s.BackupDays, s.LogDays, s.FlowLogDays, s.MinTasks}
	}
	for i, title := range []string{
		"NAT gateways", "Web application firewall", "Database, least ACU", "Database, most ACU", "Database readers", "Point-in-time recovery, days",
		"Logs, days", "Network flow logs, days", "Least tasks of a web service in production",
	} {
		assert.Contains(t, string(text), fmt.Sprintf("| %s | %v | %v | %v |\n", title, value(MVP)[i], value(Growth)[i], value(Scale)[i]))
	}
}
