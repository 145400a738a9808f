package dbmigrate

import (
	"errors"
	"fmt"
)

// step is one file that is still to be applied.
type step struct {
	Migration
	from int // statements that are already done; more than 0 only for an interrupted file

	// interrupted is set when the statement at from may have been running, or
	// may even be done, when the earlier run ended.
	interrupted bool
}

// plan compares the files with the ledger. It returns the names of the applied
// files and the steps to come. The error lists everything that does not fit.
func plan(files []Migration, ledger []entry) (applied []string, steps []step, err error) {
	var problems []error
	known := map[int]Migration{}
	for _, m := range files {
		known[m.Seq] = m
	}
	recorded, newest := map[int]entry{}, entry{}
	for _, e := range ledger {
		recorded[e.Seq], newest = e, e
		if m, ok := known[e.Seq]; !ok {
			problems = append(problems, fmt.Errorf("%s was applied to this database but is missing from the files; "+
				"restore it from version control", e.Name))
		} else if m.Name != e.Name {
			problems = append(problems, fmt.Errorf("%s was applied as %s; restore the name", m.Name, e.Name))
		}
	}
	for _, m := range files {
		e, ok := recorded[m.Seq]
		switch {
		case !ok && m.Seq < newest.Seq:
			problems = append(problems, fmt.Errorf("%s is new but comes before %s, which is already applied; "+
				"give it a number above %04d", m.Name, newest.Name, newest.Seq))
		case !ok:
			steps = append(steps, step{Migration: m})
		case e.Finished == nil:
			s, err := resume(m, e)
			problems = append(problems, err)
			steps = append(steps, s)
		case e.SHA256 != m.SHA256:
			problems = append(problems, fmt.Errorf("%s was changed after it was applied (sha256 %.12s in the database, "+
				"%.12s in the file); restore the file and put the change into a new one", m.Name, e.SHA256, m.SHA256))
		default:
			applied = append(applied, m.Name)
		}
	}
	return applied, steps, errors.Join(problems...)
}

// resume continues an interrupted file. What is done cannot be changed any
// more; the rest can, so that a statement that fails can be corrected.
func resume(m Migration, e entry) (step, error) {
	s := step{Migration: m, from: e.Done, interrupted: e.SHA256 == m.SHA256}
	if !m.NoTransaction {
		return s, fmt.Errorf("%s was interrupted as a file without a transaction and no longer says so; "+
			"restore its directive -- tenfold:no-transaction", m.Name)
	}
	if len(m.Statements) < e.Done || m.prefixSHA256(e.Done) != e.DoneSHA256 {
		return s, fmt.Errorf("%s was interrupted after %d statements and one of those was changed; "+
			"restore them, only what comes after may change", m.Name, e.Done)
	}
	return s, nil
}
