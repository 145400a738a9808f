package encryption

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/iampolicy"
)

// itself is the resource of every statement: in a key policy "*" is the key.
var itself = []pulumi.StringInput{pulumi.String("*")}

const itselfReason = `in a key policy the resource "*" is the key the policy belongs to`

// use are the actions of a service that stores encrypted data.
var use = []string{
	"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
	"kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo",
}

// keyPolicy renders the policy of the key.
func keyPolicy(here account.Account, args Args) (pulumi.StringOutput, error) {
	statements := []iampolicy.Statement{administrators(here)}
	if len(args.Services) > 0 {
		statements = append(statements, services(here, args.Services)...)
	}
	if args.LogGroups {
		statements = append(statements, logGroups(here))
	}
	return iampolicy.JSON(statements...)
}

// administrators leaves the decision to the account's IAM policies. Without it a
// key can end up with nobody who may change or delete it.
func administrators(here account.Account) iampolicy.Statement {
	return iampolicy.Statement{
		Sid:        "AccountDecidesByIAM",
		Principals: iampolicy.Principals{AWS: []pulumi.StringInput{pulumi.String("arn:" + here.Partition + ":iam::" + here.ID + ":root")}},
		Actions:    []string{"kms:*"},
		Resources:  itself,
		Reason:     "the account's IAM policies decide who may do what; " + itselfReason,
	}
}

func services(here account.Account, principals []string) []iampolicy.Statement {
	forThisAccount := access.Condition{
		Test: "StringEquals", Key: "aws:SourceAccount", Values: []pulumi.StringInput{pulumi.String(here.ID)},
	}
	return []iampolicy.Statement{{
		Sid:        "ServicesUse",
		Principals: iampolicy.Principals{Services: principals},
		Actions:    use,
		Resources:  itself,
		Conditions: []access.Condition{forThisAccount},
		Reason:     itselfReason,
	}, {
		Sid:        "ServicesPassOnToTheirResources",
		Principals: iampolicy.Principals{Services: principals},
		Actions:    []string{"kms:CreateGrant"},
		Resources:  itself,
		Conditions: []access.Condition{forThisAccount, {
			Test: "Bool", Key: "kms:GrantIsForAWSResource", Values: []pulumi.StringInput{pulumi.String("true")},
		}},
		Reason: itselfReason,
	}}
}

// logGroups ties the permission to the log groups of the account through the
// encryption context, which CloudWatch Logs sets to the log group's ARN.
func logGroups(here account.Account) iampolicy.Statement {
	return iampolicy.Statement{
		Sid:        "LogGroups",
		Principals: iampolicy.Principals{Services: []string{"logs." + here.Region + ".amazonaws.com"}},
		Actions:    use,
		Resources:  itself,
		Conditions: []access.Condition{{
			Test: "ArnLike", Key: "kms:EncryptionContext:aws:logs:arn",
			Values: []pulumi.StringInput{pulumi.String(here.ARN("logs", "log-group:*"))},
		}},
		Reason: itselfReason,
	}
}
