//go:build unix

package account

import (
	"os"
	"syscall"
)

// tryLock takes the exclusive lock of an open file. The operating system gives
// it back when the process ends, however it ends.
func tryLock(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}
