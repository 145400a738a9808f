package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/pulumi/pulumi/sdk/v3"
	"github.com/spf13/cobra"
)

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the commit this was built from and the versions it was built with",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(a.stdout, "tenfold %s\ngo %s\npulumi sdk %s\n", commit(), runtime.Version(), sdk.Version)
			return nil
		},
	}
}

// commit is the revision the go command recorded, when the build was made from
// a Git checkout.
func commit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown commit)"
	}
	revision, modified := "(unknown commit)", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " with local changes"
		}
	}
	return revision + modified
}
