// Package sandboxrun deploys a stack of this repository into the offline cloud.
//
// Each stack has a sandbox of its own under .tenfold/sandbox/<stack>: an
// account, a state backend, a Pulumi home and a copy of the stack's settings.
// The real Pulumi engine runs there with its providers attached to the offline
// cloud, either with this repository's program compiled in or around any
// command a user gives.
//
// The passphrase of a sandbox is fixed and public. That is deliberate: nothing
// in a sandbox is secret, and encrypted configuration values never reach it.
package sandboxrun

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
	"github.com/tenfold-iac/tenfold/internal/project"
	"github.com/tenfold-iac/tenfold/internal/sandbox"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// passphrase encrypts the state of every sandbox.
const passphrase = "sandbox"

// waiting is said while the processes of an earlier run come to their end.
const waiting = "waiting for processes that an earlier run left"

// Options say which stack to run and where to report.
type Options struct {
	// Root is the repository root.
	Root string
	// Stack is the name of a stack with a settings file.
	Stack string
	// Dir is the folder that holds the sandboxes. Default: DefaultDir(Root).
	Dir string
	// Notes receives what this package has to say, in plain lines.
	Notes io.Writer
	// Program is what Up and Preview deploy. Exec does not need it.
	Program pulumi.RunFunc
}

// Sandbox is an open sandbox: the offline cloud answers until Close, and no
// other process can use the same sandbox meanwhile.
type Sandbox struct {
	options Options
	folders Folders
	cloud   *sandbox.Server
	stack   auto.Stack
	lineage *lineage
	region  string
	pulumi  string // path of the CLI
}

// Open prepares the sandbox of a stack, starts the offline cloud over its
// account and makes sure that the stack exists in its backend.
func Open(ctx context.Context, o Options) (*Sandbox, error) {
	p, err := project.Load(o.Root)
	if err != nil {
		return nil, err
	}
	settings, err := p.Stack(o.Stack)
	if err != nil {
		return nil, err
	}
	cli, err := toolchain.Pulumi(ctx)
	if err != nil {
		return nil, err
	}
	if o.Dir == "" {
		o.Dir = DefaultDir(o.Root)
	}
	s := &Sandbox{
		options: o, folders: FoldersOf(o.Dir, o.Stack), pulumi: cli, region: settings.Config("aws:region"),
	}
	number, err := accountNumber(settings)
	if err != nil {
		return nil, err
	}
	// The account's lock comes first: it is what makes the rest ours to write. The
	// cloud outlives an interrupt, so that the engine can finish what it began.
	s.cloud, err = sandbox.Start(context.WithoutCancel(ctx), sandbox.Options{Account: s.folders.Account(), AccountID: number, Region: s.region})
	if err != nil {
		return nil, fmt.Errorf("start the offline cloud: %w", err)
	}
	if err := s.prepare(ctx, p, settings); err != nil {
		return nil, errors.Join(err, s.lineage.release(), s.cloud.Close())
	}
	return s, nil
}

// accountNumber is the number of the account that the stack may touch, so that
// what checks it agrees with the offline account; empty when the stack names none.
func accountNumber(settings *project.Stack) (string, error) {
	values, err := settings.Values()
	if err != nil {
		return "", err
	}
	allowed, err := awsclient.AllowedAccounts(func(key string) string { return values[key] })
	if err != nil || len(allowed) == 0 {
		return "", err
	}
	return allowed[0], nil
}

// Close stops the offline cloud and releases the sandbox.
func (s *Sandbox) Close() error { return errors.Join(s.end(), s.lineage.release(), s.cloud.Close()) }

func (s *Sandbox) prepare(ctx context.Context, p *project.Project, settings *project.Stack) error {
	for _, note := range s.cloud.Account().Notes() {
		s.note("%s", note)
	}
	if keys := settings.Encrypted(); len(keys) > 0 {
		s.note("encrypted configuration is not read here; %s is the text %q instead", strings.Join(keys, ", "), project.Placeholder)
	}
	if settings.Imports() {
		s.note("the environments Pulumi.%s.yaml imports are not read here", settings.Name)
	}
	for _, dir := range []string{s.folders.Backend(), s.folders.Home()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("prepare the sandbox of %s: %w", settings.Name, err)
		}
	}
	if err := settings.WriteSandbox(s.folders.Project()); err != nil {
		return err
	}
	var err error
	if s.lineage, err = s.folders.lineage(ctx, func() { s.note(waiting) }); err != nil {
		return err
	}
	if err := s.releaseBackend(); err != nil {
		return err
	}
	if err := s.ensureHostedZone(settings.HostedZone()); err != nil {
		return err
	}
	if err := s.ensureSecrets(settings.CacheCredentials()); err != nil {
		return err
	}
	if err := s.ensureStack(ctx, p.Name); err != nil {
		return err
	}
	if err := s.recover(ctx, p.Name); err != nil {
		return err
	}
	return s.begin()
}

// ensureHostedZone prepares what a program expects to find in an account: the
// hosted zone of its domain, which a person registers once.
func (s *Sandbox) ensureHostedZone(domain string) error {
	if domain == "" {
		return nil
	}
	account := s.cloud.Account()
	before := len(account.List().Prerequisites)
	if _, err := account.EnsureHostedZone(domain); err != nil {
		return err
	}
	if len(account.List().Prerequisites) > before {
		s.note("prepared: hosted zone %s; in a real account you create it once", domain)
	}
	return nil
}

// ensureSecrets prepares the secrets that image caches sign in with, which a person
// makes once. What is no ARN is left for the program to refuse.
func (s *Sandbox) ensureSecrets(arns []string) error {
	for _, arn := range arns {
		made, err := s.cloud.Account().EnsureSecret(arn)
		if err != nil {
			return err
		}
		if made {
			s.note("prepared: secret %s; in a real account you create it once", arn)
		}
	}
	return nil
}

func (s *Sandbox) ensureStack(ctx context.Context, projectName string) error {
	command, err := pulumiCommand(s.pulumi)
	if err != nil {
		return err
	}
	workspace := []auto.LocalWorkspaceOption{
		auto.WorkDir(s.folders.Project()),
		auto.PulumiHome(s.folders.Home()),
		auto.Pulumi(command),
		auto.SecretsProvider("passphrase"),
		auto.EnvVars(s.engineEnv()),
	}
	if s.options.Program == nil {
		s.stack, err = auto.UpsertStackLocalSource(ctx, s.options.Stack, s.folders.Project(), workspace...)
	} else {
		s.stack, err = auto.UpsertStackInlineSource(ctx, s.options.Stack, projectName, s.options.Program, workspace...)
	}
	if err != nil {
		return fmt.Errorf("prepare the state of the sandbox %s: %w", s.options.Stack, err)
	}
	return nil
}

// pulumiCommand wraps the CLI at path for the Automation API, which takes a
// folder with bin/pulumi in it, as a built CLI has, or looks at PATH itself.
func pulumiCommand(path string) (auto.PulumiCommand, error) {
	options := &auto.PulumiCommandOptions{}
	if onPath, err := exec.LookPath("pulumi"); err != nil || onPath != path {
		options.Root = filepath.Dir(filepath.Dir(path))
	}
	return auto.NewPulumiCommand(options)
}

// engineEnv is what makes a Pulumi command work in this sandbox only: its own
// backend, the offline cloud in place of provider plugins, no network.
func (s *Sandbox) engineEnv() map[string]string {
	env := map[string]string{
		// A file of state is replaced in one step, but the metadata that is kept beside
		// it by default is written in place: a run killed there leaves a state that no
		// command reads ("failed to load checkpoint: EOF"). Nothing needs the metadata.
		"PULUMI_BACKEND_URL":       "file://" + filepath.ToSlash(s.folders.Backend()) + "?metadata=skip",
		"PULUMI_HOME":              s.folders.Home(),
		"PULUMI_CONFIG_PASSPHRASE": passphrase,
		"PULUMI_SKIP_UPDATE_CHECK": "true",
		// The providers are attached, so plugins are neither needed nor fetched.
		"PULUMI_OPTION_SKIP_PLUGIN_PRE_INSTALL":       "true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
	}
	for _, kv := range s.cloud.Env() {
		name, value, _ := strings.Cut(kv, "=")
		env[name] = value
	}
	return env
}

func (s *Sandbox) note(format string, args ...any) {
	fmt.Fprintf(s.options.Notes, format+"\n", args...)
}
