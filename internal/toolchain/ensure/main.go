// Command ensure builds the pinned tools and the repository's own binaries named
// on its command line and prints the path of each executable, one a line. The
// Makefile calls it before anything else, so that the minutes a first build
// takes are announced and do not look like a slow test.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(names []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(names) == 0 {
		return fmt.Errorf("name what to build, of the tools %s and the binaries %s",
			strings.Join(toolchain.Names(), ", "), strings.Join(toolchain.Binaries(), ", "))
	}
	for _, name := range names {
		path, err := locate(ctx, name)
		if err != nil {
			return err
		}
		fmt.Println(path)
	}
	return nil
}

// locate prefers what is on PATH for the two tools where that is allowed.
func locate(ctx context.Context, name string) (string, error) {
	if slices.Contains(toolchain.Binaries(), name) {
		return toolchain.Binary(ctx, name)
	}
	switch name {
	case toolchain.NamePulumi:
		return toolchain.Pulumi(ctx)
	case toolchain.NameLanguageHost:
		dir, err := toolchain.LanguageHost(ctx)
		return filepath.Join(dir, name), err
	default:
		return toolchain.Tool(ctx, name)
	}
}
