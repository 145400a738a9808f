package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
)

func (a *app) accountCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "account STACK",
		Short: "List what the stack's offline account holds",
		Args:  exactArgs("STACK"),
		RunE: func(_ *cobra.Command, args []string) error {
			_, folders, err := a.checkout(args[0])
			if err != nil {
				return err
			}
			held, err := account.Read(folders.Account())
			if err != nil {
				return err
			}
			if asJSON {
				encoder := json.NewEncoder(a.stdout)
				encoder.SetIndent("", "  ")
				return encoder.Encode(held.List())
			}
			sandboxrun.WriteAccount(a.stdout, held.List())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (a *app) resetCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "reset STACK",
		Short: "Throw the stack's sandbox away: account, state and all",
		Args:  exactArgs("STACK"),
		RunE: func(_ *cobra.Command, args []string) error {
			_, folders, err := a.checkout(args[0])
			if err != nil {
				return err
			}
			existed, err := folders.Remove()
			if err != nil {
				return err
			}
			if existed {
				fmt.Fprintf(a.stdout, "removed the sandbox of %s\n", args[0])
			} else {
				fmt.Fprintf(a.stdout, "%s has no sandbox\n", args[0])
			}
			return nil
		},
	}
}

func (a *app) driftCommand() *cobra.Command {
	var vanish bool
	cmd := &cobra.Command{
		Use:   "drift STACK RESOURCE [PROPERTY=VALUE...]",
		Short: "Change a resource behind Pulumi's back",
		Long: `Change a resource behind Pulumi's back, as somebody in the console would.

RESOURCE is an id, ARN, URN or name as "sandbox account" lists it. PROPERTY is a
path such as tags.Owner or ingress[0].fromPort; VALUE is YAML, and null removes
the property. A refresh, or an update with --refresh, then finds the change.`,
		Example: `  tenfold sandbox drift dev jobs visibilityTimeoutSeconds=5
  tenfold sandbox drift dev jobs --delete`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) < 2:
				return errors.New("STACK and RESOURCE are needed")
			case vanish && len(args) > 2:
				return errors.New("--delete takes no properties")
			case !vanish && len(args) == 2:
				return errors.New("give a PROPERTY=VALUE to change, or --delete")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccount(args[0], func(held *account.Account) error {
				if vanish {
					gone, err := held.Vanish(args[1])
					if err == nil {
						fmt.Fprintf(a.stdout, "deleted %s %s\n", gone.Type, gone.ProviderID())
					}
					return err
				}
				return a.change(cmd, held, args[1], args[2:])
			})
		},
	}
	cmd.Flags().BoolVar(&vanish, "delete", false, "delete the resource instead")
	return cmd
}

func (a *app) change(cmd *cobra.Command, held *account.Account, selector string, assignments []string) error {
	for _, assignment := range assignments {
		path, text, found := strings.Cut(assignment, "=")
		if !found {
			return usageError{fmt.Errorf("%q is not of the form PROPERTY=VALUE", assignment), cmd.CommandPath()}
		}
		value, err := plainValue(text)
		if err != nil {
			return usageError{fmt.Errorf("value of %s: %w", path, err), cmd.CommandPath()}
		}
		changed, err := held.Drift(selector, path, value)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.stdout, "changed %s of %s %s\n", path, changed.Type, changed.ProviderID())
	}
	return nil
}

// plainValue reads a YAML value into what JSON would give: numbers are float64.
func plainValue(text string) (any, error) {
	var read any
	if err := yaml.Unmarshal([]byte(text), &read); err != nil {
		return nil, err
	}
	encoded, err := json.Marshal(read)
	if err != nil {
		return nil, err
	}
	var value any
	err = json.Unmarshal(encoded, &value)
	return value, err
}

// faultFlags are the flags of the fail command.
type faultFlags struct {
	fault       account.Fault
	delay       time.Duration
	exitCode    int
	later       time.Duration
	list, clear bool
}

func (a *app) failCommand() *cobra.Command {
	var f faultFlags
	cmd := &cobra.Command{
		Use:   "fail STACK [create|read|update|delete TYPE]",
		Short: "Plan a failure for an operation to come",
		Long: `Plan a failure for an operation to come.

TYPE is a resource type such as aws:rds/cluster:Cluster, or a pattern such as
"aws:rds/*" or "*". The fault waits in the account until it has happened.

Two failures have a form of their own. A deployment that ECS rolls back is an
update of aws:ecs/service:Service with --rollback; --error is what its new tasks
wrote. With --later the update is done first and ECS goes back that long after it,
as it does when an alarm fires after all tasks are new. With create, the first
deployment fails, which has nothing to go back to. A task that is run by a migration or by hand is a create of
aws:ecs/task:Task: with --exit-code it runs and ends with that code, and --error
is what it wrote; without, ECS refuses to start it. --delay is how long it runs.`,
		Example: `  tenfold sandbox fail dev create aws:ecs/service:Service
  tenfold sandbox fail dev update '*' --nth 3 --error 'ThrottlingException: Rate exceeded'
  tenfold sandbox fail dev update aws:ecs/service:Service --name api --rollback
  tenfold sandbox fail dev update aws:ecs/service:Service --name api --rollback --later 5s
  tenfold sandbox fail dev create aws:ecs/task:Task --exit-code 1 --error 'column exists'
  tenfold sandbox fail dev --list`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.list && f.clear:
				return errors.New("--list and --clear exclude each other")
			case f.list || f.clear:
				return exactArgs("STACK")(nil, args)
			}
			return exactArgs("STACK", "OPERATION", "TYPE")(nil, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withAccount(args[0], func(held *account.Account) error {
				switch {
				case f.clear:
					return held.ClearFaults()
				case f.list:
					encoder := json.NewEncoder(a.stdout)
					encoder.SetIndent("", "  ")
					return encoder.Encode(held.Faults())
				}
				return held.Plan(f.planned(cmd, args[1], args[2]))
			})
		},
	}
	f.bind(cmd)
	return cmd
}

// planned is the fault that the flags describe.
func (f *faultFlags) planned(cmd *cobra.Command, operation, typ string) account.Fault {
	fault := f.fault
	fault.Operation, fault.Type, fault.Delay = account.Operation(operation), typ, account.Duration(f.delay)
	fault.Later = account.Duration(f.later)
	if cmd.Flags().Changed("exit-code") {
		fault.ExitCode = &f.exitCode
	}
	return fault
}

func (f *faultFlags) bind(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.fault.Name, "name", "", "only for the resource with this logical name")
	flags.StringVar(&f.fault.Error, "error", "", "text the cloud answers with (default an internal failure in AWS's words)")
	flags.IntVar(&f.fault.Nth, "nth", 0, "which attempt fails, counted from now (default 1)")
	flags.IntVar(&f.fault.Times, "times", 0, "how many attempts in a row fail (default 1)")
	flags.DurationVar(&f.delay, "delay", 0, "how long the answer takes; alone it makes the operation slow, not failed")
	flags.BoolVar(&f.fault.Partial, "partial", false, "let a create fail halfway: the resource exists but is not ready")
	flags.BoolVar(&f.fault.Rollback, "rollback", false, "let the deployment of an ECS service fail")
	flags.DurationVar(&f.later, "later", 0, "with --rollback of an update: how long afterwards ECS goes back")
	flags.IntVar(&f.exitCode, "exit-code", 0, "let a task run and end with this code")
	flags.BoolVar(&f.list, "list", false, "list the failures that have not happened yet")
	flags.BoolVar(&f.clear, "clear", false, "forget all planned failures")
}

// withAccount opens the account of a stack for writing.
func (a *app) withAccount(stack string, do func(*account.Account) error) error {
	_, folders, err := a.checkout(stack)
	if err != nil {
		return err
	}
	held, err := account.Open(folders.Account(), account.Options{})
	if err != nil {
		return err
	}
	return errors.Join(do(held), held.Close())
}
