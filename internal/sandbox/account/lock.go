package account

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// InUseError says that another process has the account open.
type InUseError struct {
	Path string
	// PID is the process that holds the account, 0 when it is not known.
	PID int
}

func (e *InUseError) Error() string {
	holder := "another process"
	if e.PID != 0 {
		holder = "process " + strconv.Itoa(e.PID)
	}
	return fmt.Sprintf("account %s is in use by %s; wait for it to end or stop it", e.Path, holder)
}

// lock takes the account's lock file, which stays beside the account; only the
// lock on it matters, not that it exists.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock account: %w", err)
	}
	if !tryLock(file) {
		content := make([]byte, 32)
		count, _ := file.ReadAt(content, 0)
		pid, _ := strconv.Atoi(strings.TrimSpace(string(content[:count])))
		return nil, errors.Join(&InUseError{Path: path, PID: pid}, file.Close())
	}
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock account %s: %w", path, err), file.Close())
	}
	return file, nil
}
