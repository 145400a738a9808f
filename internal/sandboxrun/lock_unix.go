//go:build unix

package sandboxrun

import (
	"os"
	"syscall"
)

// tryLock takes the exclusive lock of an open file.
func tryLock(file *os.File) bool {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// handDown makes an open file, and with it its lock, one that the processes
// started from now on inherit, until what it returns is called.
func handDown(file *os.File) (func() error, error) {
	inherited, err := syscall.Dup(int(file.Fd())) // unlike what Go opens, not closed on exec
	if err != nil {
		return nil, err
	}
	return func() error { return syscall.Close(inherited) }, nil
}
