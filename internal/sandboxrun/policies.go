package sandboxrun

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// DefaultPolicyPack is where the repository's own pack is built, below the root.
const DefaultPolicyPack = "bin/policies"

// PolicyPack returns the absolute path of a policy pack. The repository's own
// is built when it is missing; any other path has to exist.
func PolicyPack(ctx context.Context, root, path string) (string, error) {
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	_, err := os.Stat(path)
	if err == nil {
		return path, nil
	}
	if path != filepath.Join(root, filepath.FromSlash(DefaultPolicyPack)) {
		return "", fmt.Errorf("there is no policy pack at %s; give the path of a pack, or \"none\" to run without one", path)
	}
	return toolchain.Binary(ctx, DefaultPolicyPack)
}
