package backup

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/backup"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// Windows in minutes: a job that has not begun after two hours is given up, one
// that has not ended after twelve too. Both count as failed.
const (
	startWindow      = 120
	completionWindow = 720
)

func (w *builder) rules() error {
	var err error
	w.planMade, err = backup.NewPlan(w.ctx, w.name, &backup.PlanArgs{
		Name: pulumi.String(w.plan.vault),
		Rules: backup.PlanRuleArray{
			w.rule("daily", fmt.Sprintf("cron(0 %d ? * * *)", w.args.HourUTC), w.args.DailyRetentionDays),
			w.rule("monthly", fmt.Sprintf("cron(0 %d 1 * ? *)", w.args.HourUTC), w.args.MonthlyRetentionDays),
		},
	}, w.options()...)
	return err
}

func (w *builder) rule(name, schedule string, days int) backup.PlanRuleArgs {
	made := backup.PlanRuleArgs{
		RuleName:                   pulumi.String(name),
		TargetVaultName:            w.vaultMade.Name,
		Schedule:                   pulumi.String(schedule),
		ScheduleExpressionTimezone: pulumi.String("Etc/UTC"),
		StartWindow:                pulumi.Int(startWindow),
		CompletionWindow:           pulumi.Int(completionWindow),
		EnableContinuousBackup:     pulumi.Bool(false),
		Lifecycle:                  backup.PlanRuleLifecycleArgs{DeleteAfter: pulumi.Int(days)},
	}
	if w.args.Copy.Provider != nil {
		made.CopyActions = backup.PlanRuleCopyActionArray{backup.PlanRuleCopyActionArgs{
			DestinationVaultArn: w.b.CopyVaultARN,
			Lifecycle:           backup.PlanRuleCopyActionLifecycleArgs{DeleteAfter: pulumi.Int(w.copyDays(days))},
		}}
	}
	return made
}

// selection names the resources one by one. A selection by tag would back up
// whatever anyone tags, and stop when the tag is lost.
func (w *builder) selection() error {
	trust, err := iampolicy.Trust(w.account.OnBehalfOf("backup", "*"), "backup.amazonaws.com")
	if err != nil {
		return err
	}
	role, err := iam.NewRole(w.ctx, w.name, &iam.RoleArgs{
		AssumeRolePolicy: trust,
		Description:      pulumi.String("AWS Backup takes and copies the snapshots of " + w.name),
	}, w.options()...)
	if err != nil {
		return err
	}
	may, err := iam.NewRolePolicyAttachment(w.ctx, w.name, &iam.RolePolicyAttachmentArgs{
		Role:      role.Name,
		PolicyArn: pulumi.String("arn:" + w.account.Partition + ":iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"),
	}, w.options()...)
	if err != nil {
		return err
	}
	_, err = backup.NewSelection(w.ctx, w.name, &backup.SelectionArgs{
		Name:       pulumi.String(w.plan.vault),
		PlanId:     w.planMade.ID(),
		IamRoleArn: role.Arn,
		Resources:  pulumi.StringArray(w.args.Resources),
	}, w.options(pulumi.DependsOn([]pulumi.Resource{may}))...)
	return err
}
