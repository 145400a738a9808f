package rules

import (
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	repositoryType       = "aws:ecr/repository:Repository"
	repositoryPolicyType = "aws:ecr/repositoryPolicy:RepositoryPolicy"
)

// runtimes are those of control Lambda.2, and the one for programs that bring their own, such as Go.
var runtimes = []string{
	"provided.al2023",
	"dotnet10", "dotnet8", "java25", "java21", "java17", "java11", "java8.al2", "java17.al2023", "java11.al2023",
	"java8.al2023", "nodejs24.x", "nodejs22.x", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10",
	"ruby4.0", "ruby3.4", "ruby3.3",
}

var registry = []*rule.Rule{
	{
		ID: "ecr-scan-on-push", Title: "Images are scanned when they are pushed",
		Why:      "Known holes in base images are found before they run.",
		Fix:      "set imageScanningConfiguration.scanOnPush to true.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{repositoryType},
		FSBP: "ECR.1", Also: []string{"Checkov CKV_AWS_163", "Trivy AWS-0030"},
		Check: func(c *rule.Check) { c.True("imageScanningConfiguration.scanOnPush") },
	},
	{
		ID: "ecr-immutable-tags", Title: "A tag always names the same image",
		Why:      "Otherwise a rollback to a tag may run something else, and a stolen key can swap what runs.",
		Fix:      "set imageTagMutability to IMMUTABLE.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{repositoryType},
		FSBP: "ECR.2", Also: []string{"Checkov CKV_AWS_51", "Trivy AWS-0031"},
		Check: func(c *rule.Check) { c.OneOf(c.Get("imageTagMutability"), "IMMUTABLE") },
	},
	{
		ID: "ecr-lifecycle", Title: "Old images are removed",
		Why:      "Every build adds an image; they are billed, and old ones run old holes.",
		Fix:      "add an ecr.LifecyclePolicy for the repository.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{repositoryType},
		FSBP: "ECR.3",
		Check: func(c *rule.Check) {
			requireLink(c, "aws:ecr/lifecyclePolicy:LifecyclePolicy", "repository", "lifecycle policy")
		},
	},
	{
		ID: "ecr-not-public", Title: "Repository policies do not let everyone in",
		Why:      "Anyone could pull the images, with what is built into them, or push their own.",
		Fix:      "name the accounts that may pull.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{repositoryPolicyType},
		Also:  []string{"Checkov CKV_AWS_32", "Trivy AWS-0032", "cdk-nag ECR1"},
		Check: func(c *rule.Check) { notPublic(c, "policy") },
	},
}

var function = []*rule.Rule{
	{
		ID: "lambda-not-public", Title: "Functions are invoked by named callers only",
		Why:      "Anyone could run the function; a service without a source can be asked to by anyone's account.",
		Fix:      "set sourceArn or sourceAccount, or name an account as principal.",
		Severity: rule.Critical, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:lambda/permission:Permission"},
		FSBP:  "Lambda.1", Also: []string{"Checkov CKV_AWS_301", "Checkov CKV_AWS_364", "Trivy AWS-0067"},
		Check: func(c *rule.Check) {
			principal := c.Get("principal")
			text, state := principal.Text()
			if state == value.Unknown {
				c.Wait(principal.Path())
				return
			}
			if text != "*" && !strings.HasSuffix(text, ".amazonaws.com") {
				return
			}
			for _, property := range []string{"sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken"} {
				switch c.Get(property).State() {
				case value.Known:
					return
				case value.Unknown:
					c.Wait(property)
				}
			}
			if len(c.Waits()) == 0 {
				c.Failf("principal is %s and neither sourceArn nor sourceAccount is set; one of them must be", principal.Show())
			}
		},
	},
	{
		ID: "lambda-runtime", Title: "Functions run on a runtime that AWS still mends",
		Why:      "AWS stops mending a runtime, and later refuses to update functions on it.",
		Fix:      "move to a current runtime; Go programs use provided.al2023.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{functionType},
		FSBP: "Lambda.2", Also: []string{"Checkov CKV_AWS_363", "cdk-nag L1"},
		Check: func(c *rule.Check) {
			if kind, ok := c.Kind("packageType"); !ok {
				return
			} else if kind == "Image" {
				c.Skip("the image brings its runtime")
				return
			}
			v := c.Get("runtime")
			name, state := v.Text()
			switch {
			case state == value.Unknown:
				c.Wait(v.Path())
			case !slices.Contains(runtimes, name):
				c.Fail(v, "be a runtime that AWS supports, such as provided.al2023")
			}
		},
	},
	{
		ID: "lambda-no-plain-secrets", Title: "No secret is passed to a function in clear",
		Why:      "Environment values stand in the function's configuration, the state file and the console.",
		Fix:      "keep the value in Secrets Manager and pass its ARN.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{functionType},
		Check: func(c *rule.Check) {
			variables := c.Get("environment.variables")
			names, state := variables.Keys()
			if state == value.Unknown {
				c.Wait(variables.Path())
			}
			for _, name := range names {
				v := variables.Field(name)
				text, state := v.Text()
				switch why := secretLike(name, text); {
				case state == value.Unknown:
					c.Wait(v.Path())
				case why != "":
					c.Failf("%s looks like a secret: %s", v.Path(), why)
				}
			}
		},
	},
	{
		ID: "lambda-url-signed", Title: "Function URLs ask for a signature",
		Why:      "Otherwise the function is on the internet, without the load balancer's checks.",
		Fix:      "set authorizationType to AWS_IAM.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource,
		Types: []string{"aws:lambda/functionUrl:FunctionUrl"},
		Also:  []string{"Checkov CKV_AWS_258"},
		Check: func(c *rule.Check) { c.OneOf(c.Get("authorizationType"), "AWS_IAM") },
	},
	{
		ID: "lambda-two-zones", Title: "Functions in a VPC have subnets in two zones",
		Why:      "With one subnet the loss of its zone stops the function.",
		Fix:      "give vpcConfig.subnetIds at least two subnets.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{functionType},
		FSBP: "Lambda.5",
		Check: func(c *rule.Check) {
			list := c.Get("vpcConfig.subnetIds")
			subnets, state := list.Items()
			switch {
			case state == value.Unknown:
				c.Wait(list.Path())
			case state == value.Absent:
				c.Skip("the function is not in a VPC")
			case len(subnets) < 2:
				c.Failf("%s has %d; it must have at least 2", list.Path(), len(subnets))
			}
		},
	},
	{
		ID: "lambda-tracing", Title: "Functions are traced",
		Why:      "A trace shows which call a slow request waited for.",
		Fix:      "set tracingConfig.mode to Active.",
		Severity: rule.Low, Level: rule.Off, Scope: rule.Resource, Types: []string{functionType},
		LevelReason: "Traces go to Datadog; X-Ray would bill them twice.",
		Also:        []string{"Security Hub Lambda.7", "Checkov CKV_AWS_50", "Trivy AWS-0066"},
		Check:       func(c *rule.Check) { c.OneOf(c.Get("tracingConfig.mode"), "Active") },
	},
}
