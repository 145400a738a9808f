package backup

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// leastDays is the least time the lock lets a snapshot have, and the Args too.
const leastDays = 7

func (w *builder) options(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(w.b)}, more...)
}

// kept are the options of what holds snapshots.
func (w *builder) kept(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return w.options(append(more, pulumi.Protect(!w.args.Disposable), pulumi.RetainOnDelete(!w.args.Disposable))...)
}

func (w *builder) vault() error {
	var err error
	if w.vaultMade, err = w.vaultNamed(w.name, w.args.KeyARN); err != nil {
		return err
	}
	w.b.VaultARN = w.vaultMade.Arn
	return w.lock(w.name, w.vaultMade)
}

func (w *builder) copyVault() error {
	if w.args.Copy.Provider == nil {
		return nil
	}
	elsewhere := pulumi.Provider(w.args.Copy.Provider)
	made, err := w.vaultNamed(w.name+"-copy", w.args.Copy.KeyARN, elsewhere)
	if err != nil {
		return err
	}
	w.b.CopyVaultARN = made.Arn
	return w.lock(w.name+"-copy", made, elsewhere)
}

func (w *builder) vaultNamed(name string, key pulumi.StringInput, more ...pulumi.ResourceOption) (*backup.Vault, error) {
	return backup.NewVault(w.ctx, name, &backup.VaultArgs{
		Name:         pulumi.String(w.plan.vault),
		KmsKeyArn:    key.ToStringOutput(),
		ForceDestroy: pulumi.Bool(w.args.Disposable),
	}, w.kept(more...)...)
}

// lock keeps anyone from deleting a snapshot before its time, and refuses those
// with less time than leastDays. It is in governance mode: with changeableForDays
// it would be in compliance mode, which nobody can ever take back, AWS included.
// Any change would be a replacement, whose second half takes the new lock away
// again; so it never changes and is never deleted by Pulumi.
func (w *builder) lock(name string, vault *backup.Vault, more ...pulumi.ResourceOption) error {
	if w.args.Disposable {
		return nil
	}
	_, err := backup.NewVaultLockConfiguration(w.ctx, name, &backup.VaultLockConfigurationArgs{
		BackupVaultName: vault.Name, MinRetentionDays: pulumi.Int(leastDays),
	}, w.options(append(more, pulumi.RetainOnDelete(true))...)...)
	return err
}

func (w *builder) copyDays(days int) int {
	if w.args.Copy.RetentionDays > 0 {
		return w.args.Copy.RetentionDays
	}
	return days
}
