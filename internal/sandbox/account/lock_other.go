//go:build !unix

package account

import (
	"os"
	"strconv"
	"strings"
)

// tryLock holds the lock when the process named in the file is this one or is
// gone.
func tryLock(file *os.File) bool {
	content := make([]byte, 32)
	count, _ := file.ReadAt(content, 0)
	pid, err := strconv.Atoi(strings.TrimSpace(string(content[:count])))
	if err != nil || pid == os.Getpid() {
		return true
	}
	_, err = os.FindProcess(pid)
	return err != nil
}
