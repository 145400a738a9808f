// Package dbcommand is the command `tenfold db`: it brings the tenant guard and
// the migrations to a database and says how the database is.
package dbcommand

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/dbcommand/dbaction"
	"github.com/tenfold-iac/tenfold/internal/dbconnect"
)

const long = `Tenants are isolated inside the database by the guard; migrations reach the
database only through these commands, or through the Lambda function that is
made from the same code.

bootstrap, arm, disarm and probe connect as the administrator, with the name and
password in the Secrets Manager secret --secret-arn. migrate, verify and report
connect as the migrator, with an IAM token. Both use TLS that verifies the
certificate; RDS instances need the RDS bundle as --ca-file. A database on this
machine is named with --url instead, with the right login in it.

The result is JSON on standard output, progress goes to standard error.`

// Command returns the command with its subcommands.
func Command() *cobra.Command {
	c := &command{cloud: dbconnect.AWS()}
	return c.root()
}

// command holds what the flags of all subcommands share.
type command struct {
	cloud      dbconnect.Cloud
	target     dbconnect.Target
	logins     dbaction.Logins
	migrations string
	request    dbaction.Request
}

func (c *command) root() *cobra.Command {
	root := &cobra.Command{Use: "db", Short: "Isolate tenants in a database and migrate it", Long: long, Args: cobra.NoArgs}
	flags := root.PersistentFlags()
	env := "; default: $"
	flags.StringVar(&c.target.URL, "url", "", "connection string of a local database, or with sslmode=verify-full"+env+dbconnect.EnvURL)
	flags.StringVar(&c.target.Endpoint, "endpoint", "", "host name of the cluster's writer"+env+dbconnect.EnvEndpoint)
	flags.IntVar(&c.target.Port, "port", 0, "port of the database"+env+dbconnect.EnvPort+", or 5432")
	flags.StringVar(&c.target.Database, "database", "", "name of the database"+env+dbconnect.EnvDatabase)
	flags.StringVar(&c.target.Region, "region", "", "AWS region that signs IAM tokens"+env+dbconnect.EnvRegion+", or that of the AWS configuration")
	flags.StringVar(&c.target.CAFile, "ca-file", "", "PEM file of the server's certificate authorities"+env+dbconnect.EnvCAFile+", or those of the system")
	flags.StringVar(&c.target.SecretARN, "secret-arn", "", "secret of the administrator"+env+dbconnect.EnvSecretARN)
	flags.StringVar(&c.target.Tunnel, "tunnel", "", "host:port of a local tunnel to the endpoint"+env+dbconnect.EnvTunnel)
	flags.StringVar(&c.logins.Migrator, "migrator-login", "", "login that migrates; default: tenfold_migrator_login")
	flags.StringVar(&c.logins.App, "app-login", "", "login of the services; default: tenfold_app_login")
	flags.StringVar(&c.migrations, "migrations", "migrations", "directory of the migrations")

	root.AddCommand(
		c.action(dbaction.Bootstrap, "Install the guard, the ledger and the logins"),
		c.migrate(),
		c.action(dbaction.Verify, "Fail unless the database is what the files describe, and isolated"),
		c.withReason(c.action(dbaction.Arm, "Let the guard refuse violations again")),
		c.withReason(c.action(dbaction.Disarm, "Take the guard's event triggers away before a major version upgrade")),
		c.action(dbaction.Probe, "Say what this server allows"),
		c.action(dbaction.Report, "Say how the database compares with the files"),
		c.bundle(),
	)
	return root
}

func (c *command) migrate() *cobra.Command {
	cmd := c.action(dbaction.Migrate, "Apply the migrations the database does not have")
	cmd.Flags().IntVar(&c.request.LockWaitSeconds, "lock-wait", 0, "seconds to wait for another run; default: 120")
	cmd.Flags().BoolVar(&c.request.Adopting, "adopting", false,
		"report violations instead of refusing them, while the guard of an existing database is not armed yet")
	return cmd
}

func (c *command) withReason(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().StringVar(&c.request.Reason, "reason", "", "why; recorded in the database (required)")
	return cmd
}

func (c *command) action(name, short string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.request.Action = name
			return c.run(cmd)
		},
	}
}

func (c *command) run(cmd *cobra.Command) error {
	if err := c.request.Check(); err != nil {
		return err
	}
	cmd.SilenceUsage = true // from here on the usage is right
	fromEnvironment, err := dbconnect.FromEnvironment(os.Getenv)
	if err != nil {
		return err
	}
	target := c.target.Or(fromEnvironment)
	target.ApplicationName = "tenfold db " + c.request.Action
	connector, err := dbconnect.New(target, c.cloud)
	if err != nil {
		return err
	}
	result, err := dbaction.Runner{
		Connector: connector, Logins: c.logins, Files: os.DirFS(c.migrations),
		Progress: func(line string) { fmt.Fprintln(cmd.ErrOrStderr(), line) },
	}.Run(cmd.Context(), c.request)
	if result != nil {
		encoder := json.NewEncoder(cmd.OutOrStdout())
		encoder.SetIndent("", "  ")
		if encodeErr := encoder.Encode(result); encodeErr != nil && err == nil {
			err = fmt.Errorf("write the result: %w", encodeErr)
		}
	}
	return err
}
