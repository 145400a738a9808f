package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

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
		RunE: func(cmd *cobra.Command, args []string) error {
			_, folders, err := a.checkout(args[0])
			if err != nil {
				return err
			}
			existed, err := folders.Remove(cmd.Context(), a.stderr)
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
