package sandboxrun

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// Empty reports whether the account holds nothing that a stack made.
func (s *Sandbox) Empty() bool { return len(s.cloud.Account().List().Resources) == 0 }

// Configure changes a configuration value in the sandbox's copy of the settings.
// The checkout's file stays as it is, and the next Open starts from it again.
func (s *Sandbox) Configure(ctx context.Context, key, value string) error {
	if err := s.stack.SetConfig(ctx, key, auto.ConfigValue{Value: value}); err != nil {
		return fmt.Errorf("set %s in the sandbox of %s: %w", key, s.options.Stack, err)
	}
	return nil
}

// Export returns the state of the stack as the backend holds it.
func (s *Sandbox) Export(ctx context.Context) (apitype.UntypedDeployment, error) {
	state, err := s.stack.Export(ctx)
	if err != nil {
		return state, fmt.Errorf("export the state of %s: %w", s.options.Stack, err)
	}
	return state, nil
}

// RunCommand runs a command outside of any sandbox, with the environment as it
// is and more variables. Signals are handed on; a command that ends with a code
// other than 0 is an *ExitError.
func RunCommand(env []string, c Command) error { return runCommand(env, c) }
