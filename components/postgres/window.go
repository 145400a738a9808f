package postgres

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

var (
	backupPattern      = regexp.MustCompile(`^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$`)
	maintenancePattern = regexp.MustCompile(`^(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)-(mon|tue|wed|thu|fri|sat|sun):([01]\d|2[0-3]):([0-5]\d)$`)
	weekdays           = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
)

const (
	minutesADay  = 24 * 60
	minutesAWeek = 7 * minutesADay
	// leastWindow is what RDS asks for.
	leastWindow = 30
)

// checkWindows reports windows that RDS would refuse: malformed, too short, or
// overlapping.
func checkWindows(backup, maintenance string) error {
	b := backupPattern.FindStringSubmatch(backup)
	m := maintenancePattern.FindStringSubmatch(maintenance)
	var problems []error
	if b == nil {
		problems = append(problems, fmt.Errorf("BackupWindow must look like 03:00-04:00, got %q", backup))
	}
	if m == nil {
		problems = append(problems, fmt.Errorf("MaintenanceWindow must look like sun:04:30-sun:05:30, got %q", maintenance))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	backupStart, backupLength := minutes(b[1], b[2]), length(minutes(b[1], b[2]), minutes(b[3], b[4]), minutesADay)
	start := day(m[1]) + minutes(m[2], m[3])
	maintenanceLength := length(start, day(m[4])+minutes(m[5], m[6]), minutesAWeek)
	if backupLength < leastWindow {
		problems = append(problems, fmt.Errorf("BackupWindow must be at least 30 minutes long, got %q", backup))
	}
	if maintenanceLength < leastWindow || maintenanceLength > minutesADay {
		problems = append(problems, fmt.Errorf("MaintenanceWindow must be 30 minutes to 24 hours long, got %q", maintenance))
	}
	// The backup window comes every day, so the day of the maintenance window
	// does not matter: they overlap when either begins inside the other.
	inDay := start % minutesADay
	if length(inDay, backupStart, minutesADay) < maintenanceLength || length(backupStart, inDay, minutesADay) < backupLength {
		problems = append(problems, fmt.Errorf("BackupWindow %q must not overlap MaintenanceWindow %q; move one", backup, maintenance))
	}
	return errors.Join(problems...)
}

func minutes(hour, minute string) int {
	h, _ := strconv.Atoi(hour) // digits, by the pattern
	m, _ := strconv.Atoi(minute)
	return h*60 + m
}

func day(name string) int { return slices.Index(weekdays, name) * minutesADay }

// length is how long it is from one minute to the next occurrence of another.
func length(from, to, cycle int) int { return (to - from + cycle) % cycle }
