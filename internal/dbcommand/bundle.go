package dbcommand

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"github.com/tenfold-iac/tenfold/internal/dbmigrate"
	"github.com/tenfold-iac/tenfold/internal/lambdabuild"
)

const functionPackage = "github.com/tenfold-iac/tenfold/functions/dbmigrate"

// Bundle makes the package of the migration function: the program, the
// migrations in the directory, and the certificate authorities when caFile is
// given. dir is a directory of this module.
func Bundle(ctx context.Context, dir, migrations, caFile, output string) (lambdabuild.Result, error) {
	files, err := bundled(os.DirFS(migrations), caFile)
	if err != nil {
		return lambdabuild.Result{}, err
	}
	return lambdabuild.Build(ctx, lambdabuild.Options{Dir: dir, Package: functionPackage, Files: files, Output: output})
}

// bundled reads what goes beside the program. Files that could not be applied
// are refused here, long before they reach a database.
func bundled(migrations fs.FS, caFile string) (map[string][]byte, error) {
	all, err := dbmigrate.ReadSource(migrations)
	if err != nil {
		return nil, fmt.Errorf("the migration files cannot be used:\n%w", err)
	}
	files := map[string][]byte{}
	for _, m := range all {
		text, err := fs.ReadFile(migrations, m.Name)
		if err != nil {
			return nil, fmt.Errorf("read the migrations: %w", err)
		}
		files["migrations/"+m.Name] = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	}
	if caFile != "" {
		if files["rds-ca.pem"], err = os.ReadFile(caFile); err != nil {
			return nil, fmt.Errorf("read the certificate authorities: %w", err)
		}
	}
	return files, nil
}

func (c *command) bundle() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "bundle", Short: "Make the package of the migration function for Lambda on arm64", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SilenceUsage = true
			result, err := Bundle(cmd.Context(), ".", c.migrations, c.target.CAFile, output)
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(cmd.OutOrStdout())
			encoder.SetIndent("", "  ")
			return encoder.Encode(result)
		},
	}
	cmd.Flags().StringVar(&output, "output", "bin/dbmigrate.zip", "file to write")
	return cmd
}
