package postgres

import (
	"fmt"
	"strconv"
	"strings"
)

// version is an engine version.
type version struct{ major, minor int }

// floors is the least minor version of each major one in which PostgreSQL
// applies row-level security as promised: CVE-2024-10976 (policies of another
// role in a reused plan) and CVE-2025-8713 (planner statistics show rows that
// policies hide) are fixed from there on.
var floors = map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}

// parseVersion reads a version and refuses one below the floor.
func parseVersion(text string) (version, error) {
	major, minor, found := strings.Cut(text, ".")
	v := version{}
	var errMajor, errMinor error
	v.major, errMajor = strconv.Atoi(major)
	v.minor, errMinor = strconv.Atoi(minor)
	if !found || errMajor != nil || errMinor != nil {
		return version{}, fmt.Errorf("EngineVersion must be a major and a minor version such as 17.9, got %q; with a major version alone AWS may choose one with known ways around row-level security", text)
	}
	floor, known := floors[v.major]
	if !known && v.major < 18 {
		return version{}, fmt.Errorf("EngineVersion must be 13 or newer, got %q; older ones get no security fixes", text)
	}
	if v.minor < floor {
		return version{}, fmt.Errorf("EngineVersion must be at least %d.%d, got %q; older ones have known ways around row-level security (CVE-2024-10976, CVE-2025-8713)", v.major, floor, text)
	}
	return v, nil
}

// family is the parameter group family of the version.
func (v version) family() string { return fmt.Sprintf("aurora-postgresql%d", v.major) }
