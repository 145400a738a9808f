package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/components/secret"
	"github.com/tenfold-iac/tenfold/internal/awsclient"
	"github.com/tenfold-iac/tenfold/internal/project"
	"github.com/tenfold-iac/tenfold/internal/secretvalue"
)

func (a *app) secretCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "secret", Short: "Put values into the secrets a stack declares"}
	cmd.AddCommand(a.secretPutCommand(), a.secretListCommand())
	return cmd
}

func (a *app) secretPutCommand() *cobra.Command {
	var fromEnv string
	cmd := &cobra.Command{
		Use:   "put STACK NAME",
		Short: "Put a value, read from standard input, into a secret",
		Long: `Put a value, read from standard input, into a secret.

The value is a JSON object with exactly the keys that env and keys of
tenfold:secrets.NAME refer to. It is checked first, goes to Secrets Manager of the
stack's region and nowhere else, and no part of it is ever shown. Tasks read it
when they start; the next pulumi up replaces those that have the old one.`,
		Example: `  vault-cli read billing | tenfold secret put prod billing
  tenfold secret put prod billing < billing.json
  tenfold secret put dev billing --from-env BILLING_JSON`,
		Args: exactArgs("STACK", "NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			stack, name := args[0], args[1]
			settings, config, err := a.configuration(stack)
			if err != nil {
				return err
			}
			declared, ok := config.Secrets[name]
			if !ok {
				return fmt.Errorf("stack %q declares no secret %q; there are %s", stack, name, strings.Join(slices.Sorted(maps.Keys(config.Secrets)), ", "))
			}
			value, err := a.secretValue(fromEnv)
			if err != nil {
				return err
			}
			if err := secretvalue.Check(value, declared.Keys()); err != nil {
				return fmt.Errorf("the value of secret %q is not what env and keys of tenfold:secrets.%s ask for; nothing was put:\n%w", name, name, err)
			}
			physical, err := secret.PhysicalName(settings.ProjectName(), stack, name)
			if err != nil {
				return err
			}
			store, err := openSecrets(cmd, settings)
			if err != nil {
				return err
			}
			version, err := store.Put(cmd.Context(), physical, value)
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s in account %s has a new value, version %s; tasks that start from now on get it\n", physical, store.Account, version)
			return nil
		},
	}
	cmd.Flags().StringVar(&fromEnv, "from-env", "", "read the value from this environment variable instead")
	return cmd
}

// secretValue reads the value that is to be put.
func (a *app) secretValue(fromEnv string) ([]byte, error) {
	if fromEnv != "" {
		value, set := os.LookupEnv(fromEnv)
		if !set {
			return nil, fmt.Errorf("the environment variable %s is not set", fromEnv)
		}
		return []byte(value), nil
	}
	if a.terminal {
		return nil, errors.New("the value is read from standard input, which is a terminal that would show it; pipe it in, or use --from-env")
	}
	value, err := io.ReadAll(io.LimitReader(a.stdin, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("read the value from standard input: %w", err)
	}
	return value, nil
}

func (a *app) secretListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list STACK",
		Short: "Show which secrets of a stack lack a value, without reading any",
		Args:  exactArgs("STACK"),
		RunE: func(cmd *cobra.Command, args []string) error {
			settings, config, err := a.configuration(args[0])
			if err != nil {
				return err
			}
			store, err := openSecrets(cmd, settings)
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
			for _, name := range slices.Sorted(maps.Keys(config.Secrets)) {
				physical, err := secret.PhysicalName(settings.ProjectName(), args[0], name)
				if err != nil {
					return err
				}
				state, err := store.State(cmd.Context(), physical)
				if err != nil {
					return err
				}
				keys := strings.Join(config.Secrets[name].Keys(), ", ")
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", name, physical, state, keys)
			}
			return table.Flush()
		},
	}
}

// openSecrets opens Secrets Manager where the stack's settings say.
func openSecrets(cmd *cobra.Command, settings *project.Stack) (*secretvalue.Store, error) {
	target, err := targetOf(settings)
	if err != nil {
		return nil, err
	}
	return secretvalue.Open(cmd.Context(), target)
}

// targetOf is the account that the stack's settings name.
func targetOf(settings *project.Stack) (awsclient.Target, error) {
	values, err := settings.Values()
	if err != nil {
		return awsclient.Target{}, err
	}
	if os.Getenv(awsclient.OfflineVariable) == "" {
		if err := readable(settings); err != nil {
			return awsclient.Target{}, err
		}
	}
	return awsclient.TargetOf(func(key string) string { return values[key] })
}

// readable refuses settings in which a key that says how AWS is reached is
// encrypted.
func readable(settings *project.Stack) error {
	var problems []error
	for _, key := range settings.Encrypted() {
		if !awsclient.Followed(key) {
			continue
		}
		advice := "keep it in the clear, without credentials in it"
		switch key {
		case "aws:accessKey", "aws:secretKey", "aws:token":
			advice = "take it out of the settings, and take credentials from aws:profile or the environment"
		}
		problems = append(problems, fmt.Errorf("%s is encrypted in the settings of stack %s, and this command decrypts nothing; %s", key, settings.Name, advice))
	}
	return errors.Join(problems...)
}
