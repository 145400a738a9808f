// Command ensure builds the pinned tools named on its command line and prints
// the path of each executable, one a line. The Makefile calls it before the
// first test, so that the minutes the first build takes are shown as such and
// do not look like a slow test.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("name the tools to build; the pinned tools are %v", toolchain.Names())
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
