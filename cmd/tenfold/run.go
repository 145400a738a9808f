package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/components/service"
	"github.com/tenfold-iac/tenfold/components/service/runtask"
	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// taskOutputs is the stack output that says how a task is started.
type taskOutputs struct {
	Region        string   `json:"region"`
	Cluster       string   `json:"cluster"`
	Subnets       []string `json:"subnets"`
	PublicAddress bool     `json:"publicAddress"`
	Tasks         map[string]struct {
		Definition    string `json:"definition"`
		SecurityGroup string `json:"securityGroup"`
		LogGroup      string `json:"logGroup"`
	} `json:"tasks"`
}

// taskRun is one use of the run command. Outputs and Runner are what a test
// puts in the place of the backend and of AWS.
type taskRun struct {
	app     *app
	outputs func(ctx context.Context, stack string) ([]byte, error)
	runner  func(ctx context.Context, stack, region string) (service.Runner, error)
	timeout time.Duration
}

func (a *app) runCommand() *cobra.Command {
	r := &taskRun{app: a, outputs: a.stackOutputs, runner: a.taskRunner}
	return r.command()
}

// taskRunner runs tasks in the account that the stack's settings name, in the
// region it was deployed to.
func (a *app) taskRunner(ctx context.Context, stack, region string) (service.Runner, error) {
	settings, _, err := a.configuration(stack)
	if err != nil {
		return nil, err
	}
	target, err := targetOf(settings)
	if err != nil {
		return nil, err
	}
	target.Region = region
	loaded, err := target.Load(ctx)
	if err != nil {
		return nil, err
	}
	return runtask.NewFromConfig(loaded), nil
}

func (r *taskRun) command() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run STACK NAME [-- COMMAND...]",
		Short: "Run a task of a service or a job once and wait for its end",
		Long: `Run a task of a service or a job once, in its AWS account, and wait for its end.

The task has the image, the permissions, the variables and the network of the
service or job. What it writes is shown as it comes, and the exit code is that of
its container. Interrupting the command stops the task. It does not take the lock
that keeps runs of a scheduled job from overlapping.

The stack's outputs are read from the Pulumi backend you are logged in to, and
the AWS credentials are those of the environment, or those that the stack's keys
such as aws:profile and aws:assumeRole name. In the offline cloud ("tenfold sandbox exec -- tenfold run
...") no container runs: a task ends at once with exit code 0, or as
"tenfold sandbox fail" has planned.`,
		Example: `  tenfold run prod report
  tenfold run prod api -- ./manage reindex --all`,
		Args: func(cmd *cobra.Command, args []string) error {
			before := cmd.ArgsLenAtDash()
			if before < 0 {
				before = len(args)
			}
			if before != 2 {
				return fmt.Errorf("it takes STACK and NAME, and a COMMAND after \"--\", got %d before it", before)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return r.run(cmd.Context(), args[0], args[1], args[2:])
		},
	}
	cmd.Flags().DurationVar(&r.timeout, "timeout", time.Hour, "how long the task may take before it is stopped")
	return cmd
}

func (r *taskRun) run(ctx context.Context, stack, name string, command []string) error {
	raw, err := r.outputs(ctx, stack)
	if err != nil {
		return err
	}
	var outputs taskOutputs
	if err := json.Unmarshal(raw, &outputs); err != nil {
		return fmt.Errorf("reading the outputs of stack %s: %w", stack, err)
	}
	task, ok := outputs.Tasks[name]
	if !ok {
		return fmt.Errorf("stack %s has no service or job %q; there are: %s", stack, name, names(outputs))
	}
	runner, err := r.runner(ctx, stack, outputs.Region)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	result, err := runner.Run(limited, runtask.Task{
		Cluster: outputs.Cluster, Definition: task.Definition, Container: name, Command: command,
		Subnets: outputs.Subnets, SecurityGroups: []string{task.SecurityGroup}, PublicAddress: outputs.PublicAddress,
		LogGroup: task.LogGroup, StartedBy: "tenfold-run",
		Started: func(arn string) {
			fmt.Fprintf(r.app.stderr, "running %s in cluster %s as task %s\n", runtask.ID(task.Definition), outputs.Cluster, runtask.ID(arn))
		},
		Output: func(line string) { fmt.Fprintln(r.app.stdout, line) },
	})
	return r.verdict(limited, name, task.LogGroup, result, err)
}

// verdict turns the end of a task into that of the command.
func (r *taskRun) verdict(ctx context.Context, name, logGroup string, result runtask.Result, err error) error {
	switch {
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s took longer than %s and was stopped; raise --timeout: %w", name, r.timeout, err)
	case err != nil:
		return fmt.Errorf("running %s: %w", name, err)
	case !result.Ended:
		return fmt.Errorf("%s did not run to an end: %s; see task %s", name, result.Reason, runtask.ID(result.TaskARN))
	}
	fmt.Fprintf(r.app.stderr, "task %s ended with exit code %d; all of its output is in log group %s\n", runtask.ID(result.TaskARN), result.ExitCode, logGroup)
	if result.ExitCode != 0 {
		return &sandboxrun.ExitError{Code: result.ExitCode}
	}
	return nil
}

// stackOutputs reads the outputs of a stack with the Pulumi command line, from
// the backend it is logged in to.
func (a *app) stackOutputs(ctx context.Context, stack string) ([]byte, error) {
	root, err := a.root()
	if err != nil {
		return nil, err
	}
	pulumi, err := toolchain.Pulumi(ctx)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, pulumi, "stack", "output", "run", "--json", "--stack", stack, "--non-interactive")
	cmd.Dir = root
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("reading the outputs of stack %s: %s", stack, strings.TrimSpace(string(exit.Stderr)))
	}
	return out, err
}

func names(outputs taskOutputs) string {
	all := make([]string, 0, len(outputs.Tasks))
	for name := range outputs.Tasks {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
