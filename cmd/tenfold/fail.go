package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
	"github.com/tenfold-iac/tenfold/internal/sandbox/schema"
)

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
deployment fails, which has nothing to go back to. A task that is run by a
migration or by hand is a create of aws:ecs/task:Task: with --exit-code it runs and
ends with that code, and --error is what it wrote; without, ECS refuses to start it.
--delay is how long it runs. --rollback, --exit-code and --partial exclude each other.`,
		Example: `  tenfold sandbox fail dev create aws:ecs/service:Service
  tenfold sandbox fail dev update '*' --nth 3 --error 'ThrottlingException: Rate exceeded'
  tenfold sandbox fail dev update aws:ecs/service:Service --name api --rollback
  tenfold sandbox fail dev update aws:ecs/service:Service --name api --rollback --later 5s
  tenfold sandbox fail dev create aws:ecs/task:Task --exit-code 1 --error 'column exists'
  tenfold sandbox fail dev --list`,
		Args: f.check,
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

// check finds what is wrong with the command line. All failures are listed or
// forgotten, so what seems to choose among them is refused.
func (f *faultFlags) check(cmd *cobra.Command, args []string) error {
	if f.list && f.clear {
		return errors.New("--list and --clear exclude each other")
	}
	if !f.list && !f.clear {
		if err := exactArgs("STACK", "OPERATION", "TYPE")(cmd, args); err != nil {
			return err
		}
		return knownType(args[2])
	}
	verb := "--list"
	if f.clear {
		verb = "--clear"
	}
	if len(args) > 1 || cmd.Flags().NFlag() > 1 {
		return fmt.Errorf("%s takes STACK and nothing else; leave the other arguments and flags out", verb)
	}
	return exactArgs("STACK")(cmd, args)
}

// knownType refuses a type, or a pattern of types, that no operation to come can
// have.
func knownType(typ string) error {
	if slices.ContainsFunc(append(schema.Tokens(), account.TaskType), func(token string) bool { return account.MatchesType(typ, token) }) {
		return nil
	}
	if strings.ContainsAny(typ, `*?[\`) {
		return fmt.Errorf(`%q matches no type that the offline cloud knows; write "*" for all, or a pattern such as "aws:rds/*", in which * stands for no slash`, typ)
	}
	nearest := schema.Nearest(typ)
	switch {
	case strings.HasPrefix(strings.ToLower(typ), "aws:ecs/task:"):
		nearest = account.TaskType
	case nearest == "":
		return fmt.Errorf(`the offline cloud knows no type %q; give one such as aws:rds/cluster:Cluster, or a pattern such as "aws:rds/*"`, typ)
	}
	return fmt.Errorf("the offline cloud knows no type %q; did you mean %s", typ, nearest)
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
