package environment

import (
	"os"
	"path/filepath"
)

// inProject is a path of the file, which is relative to the folder of
// Pulumi.yaml. The program runs in the folder of its source or wherever the
// command line was called, both inside the checkout.
func inProject(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(projectFolder(), path)
}

// projectFolder is the folder at or above the working directory that holds
// Pulumi.yaml; the working directory itself when none does.
func projectFolder() string {
	start, err := os.Getwd()
	if err != nil {
		return ""
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return start
		}
	}
}
