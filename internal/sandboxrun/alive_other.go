//go:build !unix

package sandboxrun

import "os"

// alive reports whether a process exists.
func alive(pid int) bool {
	_, err := os.FindProcess(pid) // fails for a process that is gone
	return err == nil
}
