package postgres

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVersionsBelowTheRowLevelSecurityFixesAreRefused(t *testing.T) {
	for text, want := range map[string]version{"13.22": {13, 22}, "14.19": {14, 19}, "15.14": {15, 14}, "16.10": {16, 10}, "17.6": {17, 6}, "18.1": {18, 1}} {
		v, err := parseVersion(text)
		require.NoError(t, err)
		assert.Equal(t, want, v)
	}
	for text, want := range map[string]string{
		"13.21": "at least 13.22", "14.18": "at least 14.19", "15.13": "at least 15.14", "16.9": "at least 16.10", "17.5": "at least 17.6",
		"12.22": "must be 13 or newer", "17": "with a major version alone AWS may choose", "": "must be a major and a minor version",
		"17.x": "must be a major and a minor version", "17.9.1": "must be a major and a minor version",
	} {
		_, err := parseVersion(text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestFinalSnapshotsOfOneNameNeverCollide(t *testing.T) {
	const cluster = "tenfold-prod-db"
	seen := map[string]string{}
	use := func(life, name string) string {
		t.Helper()
		assert.NotContains(t, seen, name, "%s takes the name of %s", life, seen[name])
		assert.Regexp(t, `^[a-z](-?[a-z0-9])*$`, name)
		assert.LessOrEqual(t, len(name), 255)
		seen[name] = life
		return name
	}
	first := use("the first life", finalSnapshot(cluster, "", 1))
	assert.Equal(t, "tenfold-prod-db-final", first)
	second := use("restored from the first", finalSnapshot(cluster, first, 1))
	third := use("restored from the second", finalSnapshot(cluster, second, 1))
	use("restored from the third", finalSnapshot(cluster, third, 1))
	use("made empty again", finalSnapshot(cluster, "", 2))
	use("restored from the first again", finalSnapshot(cluster, first, 2))
	assert.Equal(t, first, finalSnapshot(cluster, "", 1), "every run gives the same name")
}

func TestMaxConnectionsFollowAWSsTable(t *testing.T) {
	for _, c := range []struct {
		min, max float64
		want     int
	}{
		{1, 1, 189}, {1, 4, 823}, {1, 8, 1669}, {1, 16, 3360}, {1, 32, 5000}, {2, 256, 5000},
		{0.5, 4, 823}, {0.5, 16, 2000}, {0, 64, 2000},
	} {
		assert.Equal(t, c.want, maxConnections(c.min, c.max), "%g to %g ACU", c.min, c.max)
	}
}

func TestWindowsMustNotOverlap(t *testing.T) {
	require.NoError(t, checkWindows("03:00-04:00", "sun:04:30-sun:05:30"))
	require.NoError(t, checkWindows("23:30-00:30", "sat:01:00-sat:02:00"))
	require.NoError(t, checkWindows("04:00-04:30", "sun:23:00-mon:00:30"))
	require.NoError(t, checkWindows("03:00-04:00", "sun:04:00-sun:05:00"), "one may begin when the other ends")
	for _, c := range []struct{ backup, maintenance, want string }{
		{"3-4", "sunday", "BackupWindow must look like"},
		{"3-4", "sunday", "MaintenanceWindow must look like"},
		{"03:00-03:10", "sun:04:30-sun:05:30", "BackupWindow must be at least 30 minutes long"},
		{"03:00-04:00", "sun:04:30-sun:04:40", "MaintenanceWindow must be 30 minutes to 24 hours long"},
		{"03:00-04:00", "sun:06:00-wed:06:00", "MaintenanceWindow must be 30 minutes to 24 hours long"},
		{"03:00-04:00", "sun:03:30-sun:04:30", "must not overlap"},
		{"03:30-04:30", "sun:03:00-sun:04:00", "must not overlap"},
		{"23:30-00:30", "mon:00:00-mon:01:00", "must not overlap"},
		{"00:00-00:30", "sun:23:30-mon:00:30", "must not overlap"},
	} {
		assert.ErrorContains(t, checkWindows(c.backup, c.maintenance), c.want, "%s and %s", c.backup, c.maintenance)
	}
}

func TestClassesHaveTheSizeAWSGivesThem(t *testing.T) {
	for class, want := range map[string]size{
		"db.serverless": {}, "db.r8g.large": {2, 16}, "db.r6g.xlarge": {4, 32}, "db.r7i.2xlarge": {8, 64}, "db.r8g.48xlarge": {192, 1536},
		"db.x2g.large": {2, 32}, "db.t4g.medium": {2, 4}, "db.t3.large": {2, 8},
	} {
		got, err := sizeOf(class)
		require.NoError(t, err, class)
		assert.Equal(t, want, got, class)
	}
	for _, class := range []string{"", "r8g.large", "db.m7g.large", "db.r8g.medium", "db.t4g.xlarge", "db.r8g.3xlarge", "db.r8g.1xlarge"} {
		_, err := sizeOf(class)
		assert.ErrorContains(t, err, "Instances must be of the class db.serverless", class)
	}
}
