package account

import (
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
		file.Close()
		pid, _ := strconv.Atoi(strings.TrimSpace(string(content[:count])))
		return nil, &InUseError{Path: path, PID: pid}
	}
	if err := file.Truncate(0); err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
		if err == nil {
			return file, nil
		}
	}
	file.Close()
	return nil, fmt.Errorf("lock account %s: the lock file cannot be written", path)
}
