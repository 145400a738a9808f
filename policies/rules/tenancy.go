package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/document"
	"github.com/tenfold-iac/tenfold/policies/graph"
	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	rolePolicyType = "aws:iam/rolePolicy:RolePolicy"
	invocationType = "aws:lambda/invocation:Invocation"
)

// powerful are database users that row-level security does not hold: who owns the tables, who owns the server.
var powerful = regexp.MustCompile(`^(postgres|admin|root|rdsadmin|rds_.*|tenfold_(owner|guard)|(.*_)?(master|owner|superuser))$`)

// migrating are database users that may become the owner of the tables.
var migrating = regexp.MustCompile(`^(.*_)?migrator(_.*)?$`)

var tenancy = []*rule.Rule{
	{
		ID: "rds-tenant-guard", Title: "Production databases have the tenant guard",
		Why:      "Without it one forgotten policy shows a customer the rows of all others, and nothing refuses the change.",
		Fix:      "add a tenancy.Tenancy for the cluster, or an invocation that bootstraps it.",
		Severity: rule.High, Level: rule.Mandatory, Production: true, Scope: rule.Stack, Types: []string{dbClusterType},
		Check: tenantGuard,
	},
	{
		ID: "iam-database-no-owner", Title: "Nobody signs in as the owner of the database",
		Why:      "Row-level security does not hold the owner of a table or of the server, so one query reads every tenant.",
		Fix:      "sign in as a login of the application, such as tenfold_app_login.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: identityPolicies,
		Check: eachStatement(func(c *rule.Check, s document.Statement) {
			for _, user := range databaseUsers(s, powerful) {
				c.Failf("%s allows rds-db:connect as %s; it must name a user that owns nothing", s.Path, user)
			}
		}),
	},
	{
		ID: "iam-database-migrator", Title: "Only functions sign in to the database to migrate",
		Why:      "The login that migrates may become the owner of the tables; a task that serves users must not be able to.",
		Fix:      "run migrations in a function of their own and give tasks the login of the application.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{rolePolicyType},
		Check: func(c *rule.Check) {
			ofTasks(c, func(s document.Statement) {
				for _, user := range databaseUsers(s, migrating) {
					c.Failf("%s allows a task rds-db:connect as %s; it must name a user that cannot become the owner", s.Path, user)
				}
			})
		},
	},
	{
		ID: "iam-database-password", Title: "No task reads the password of the master user",
		Why:      "With it a task that someone broke into is the owner of the server.",
		Fix:      "sign in with IAM; leave the secret that RDS keeps to the function that installs the guard.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{rolePolicyType},
		Check: func(c *rule.Check) {
			ofTasks(c, func(s document.Statement) {
				for _, resource := range s.Resources {
					if s.Allows("secretsmanager:GetSecretValue") && strings.Contains(resource, ":secret:rds!") {
						c.Failf("%s lets a task read %s; it must name secrets of the task", s.Path, value.Quote(resource))
					}
				}
			})
		},
	},
}

// tenantGuard requires an invocation that installs the guard: its event says so, and it or the function it invokes was
// made from something of the cluster. A replica has the guard of its source.
func tenantGuard(c *rule.Check) {
	if !isPostgres(c) {
		return
	}
	if c.Get("replicationSourceIdentifier").State() != value.Absent {
		c.Skip("a replica has the guard of its source")
		return
	}
	for _, invocation := range c.Graph.OfType(invocationType) {
		event := invocation.Props.Get("input")
		if event.State() == value.Unknown {
			c.Wait("input of " + invocation.Name)
			continue
		}
		parsed, err := event.JSON()
		if err != nil {
			continue
		}
		if action, _ := parsed.Get("action").Text(); action != "bootstrap" {
			continue
		}
		if madeFrom(c.Graph, invocation, c.Resource) {
			return
		}
	}
	if len(c.Waits()) == 0 {
		c.Failf("no invocation installs the tenant guard in the cluster; one must")
	}
}

// madeFrom tells whether an invocation, or the function it invokes, took something from the cluster.
func madeFrom(stack *graph.Stack, invocation, cluster *graph.Resource) bool {
	if slices.Contains(invocation.PropDeps["triggers"], cluster.URN) {
		return true
	}
	functions, _ := stack.Target(invocation, "functionName", functionType)
	return slices.ContainsFunc(functions, func(f *graph.Resource) bool { return slices.Contains(f.PropDeps["environment"], cluster.URN) })
}

// databaseUsers lists the users of the kind that a statement lets its holder sign in as.
func databaseUsers(s document.Statement, kind *regexp.Regexp) []string {
	if !s.Allows("rds-db:connect") {
		return nil
	}
	var found []string
	for _, resource := range s.Resources {
		if user := resource[strings.LastIndexAny(resource, "/:")+1:]; kind.MatchString(user) {
			found = append(found, user)
		}
	}
	return found
}

// ofTasks judges the statements of a role's policy when ECS runs tasks with the role. What the rule is about is not a
// name but that: the functions that look after the database are trusted to Lambda alone.
func ofTasks(c *rule.Check, judge func(document.Statement)) {
	roles, state := c.Graph.Target(c.Resource, "role", roleType)
	if len(roles) == 0 && state == value.Unknown {
		c.Wait("role")
		return
	}
	for _, role := range roles {
		trust, state, _ := document.ParsePolicy(role.Props.Get("assumeRolePolicy"))
		if state == value.Unknown || trust.Partial && !trustsTasks(trust) {
			c.Wait("assumeRolePolicy of " + role.Name)
			return
		}
		if !trustsTasks(trust) {
			c.Skip("no task has the role")
			return
		}
	}
	statements(c, c.Get("policy"), func(_ *rule.Check, s document.Statement) { judge(s) })
}

func trustsTasks(trust document.Policy) bool {
	return slices.ContainsFunc(trust.Statements, func(s document.Statement) bool {
		return s.Allow && slices.ContainsFunc(s.Principals, func(p string) bool { return strings.HasSuffix(p, "ecs-tasks.amazonaws.com") })
	})
}
