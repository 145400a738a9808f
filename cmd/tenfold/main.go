// Command tenfold is the command line of this repository. It is thin: each verb
// parses its flags here and does its work in a package under internal/.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/tenfold-iac/tenfold/internal/toolchain"
	"github.com/tenfold-iac/tenfold/stacks/environment"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // a second interrupt ends the process at once
	}()
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		terminal: isTerminal(os.Stdin), color: isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "",
		program: environment.Deploy,
		root:    toolchain.Root,
	}
	os.Exit(a.run(ctx, os.Args[1:]))
}
