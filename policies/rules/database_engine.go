package rules

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tenfold-iac/tenfold/policies/rule"
	"github.com/tenfold-iac/tenfold/policies/value"
)

const dbParametersType = "aws:rds/clusterParameterGroup:ClusterParameterGroup"

// postgresFloor is, for each major version, the first minor version in which row-level security is mended:
// CVE-2024-10976 (a cached plan keeps another role's policies) and CVE-2025-8713 (planner statistics show rows that a
// policy hides). Aurora takes the minor version numbers of PostgreSQL. Version 18 came out with both mended.
var postgresFloor = map[int]int{13: 22, 14: 19, 15: 14, 16: 10, 17: 6}

var databaseEngine = []*rule.Rule{
	{
		ID: "rds-engine-floor", Title: "PostgreSQL is new enough for row-level security to hold",
		Why: "Older versions show one tenant's rows to another through cached plans (CVE-2024-10976) or planner " +
			"statistics (CVE-2025-8713).",
		Fix:      "raise engineVersion to 17.6, 16.10, 15.14, 14.19 or 13.22, or any later one.",
		Severity: rule.High, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbClusterType, dbInstanceType},
		Also:  []string{"CVE-2024-10976", "CVE-2025-8713"},
		Check: engineFloor,
	},
	{
		ID: "rds-force-tls", Title: "PostgreSQL refuses connections without TLS",
		Why:      "Otherwise one client with a wrong setting sends its password and every row in clear.",
		Fix:      "set rds.force_ssl to 1 in the cluster's parameter group.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Stack, Types: []string{dbClusterType},
		FSBP: "RDS.38", Also: []string{"Checkov CKV2_AWS_69"},
		Check: func(c *rule.Check) {
			if !isPostgres(c) {
				return
			}
			groups, state := c.Graph.Target(c.Resource, "dbClusterParameterGroupName", dbParametersType)
			name := c.Get("dbClusterParameterGroupName")
			text, nameState := name.Text()
			switch {
			case state == value.Absent || nameState == value.Known && strings.HasPrefix(text, "default."):
				c.Fail(name, "be a parameter group that sets rds.force_ssl to 1")
			case len(groups) == 0:
				c.Wait("dbClusterParameterGroupName")
			}
			for _, group := range groups {
				v, state := parameter(group.Props, "rds.force_ssl")
				switch text, _ := v.Text(); {
				case state == value.Unknown || v.State() == value.Unknown:
					c.Wait("parameters of " + group.Name)
				case text != "1":
					c.Failf("rds.force_ssl of parameter group %s is %s; it must be 1", group.Name, v.Show())
				}
			}
		},
	},
	{
		ID: "rds-no-statement-log", Title: "The database log does not hold customers' data",
		Why:      "The setting log_statement writes every statement with its values, so rows end up in CloudWatch for all to read.",
		Fix:      "set log_statement to none or ddl and rely on log_min_duration_statement.",
		Severity: rule.Medium, Level: rule.Mandatory, Production: true, Scope: rule.Resource, Types: []string{dbParametersType},
		Check: func(c *rule.Check) { parameterNot(c, "log_statement", "all", "mod") },
	},
	{
		ID: "rds-no-logical-replication", Title: "No stream of changes leaves the database unnoticed",
		Why:      "Logical replication carries every tenant's rows past row-level security.",
		Fix:      "remove rds.logical_replication, or record an exception that says what reads the stream.",
		Severity: rule.Medium, Level: rule.Mandatory, Scope: rule.Resource, Types: []string{dbParametersType},
		Check: func(c *rule.Check) { parameterNot(c, "rds.logical_replication", "1", "on", "true") },
	},
	{
		ID: "rds-auto-pause-proxy", Title: "A cluster that may pause has nothing that keeps it awake",
		Why:      "A proxy holds connections open, so the cluster never pauses and the saving never comes.",
		Fix:      "raise serverlessv2ScalingConfiguration.minCapacity to 0.5, or remove the proxy.",
		Severity: rule.Low, Level: rule.Advisory, Scope: rule.Stack, Types: []string{dbClusterType},
		Check: func(c *rule.Check) {
			least := c.Get("serverlessv2ScalingConfiguration.minCapacity")
			n, state := least.Number()
			if state == value.Unknown {
				c.Wait(least.Path())
				return
			}
			if state == value.Absent || n > 0 {
				c.Skip("the cluster never pauses")
				return
			}
			proxies, state := c.Graph.Linked(c.Resource, "aws:rds/proxyTarget:ProxyTarget", "dbClusterIdentifier")
			switch {
			case len(proxies) > 0:
				c.Failf("%s is 0 while proxy target %s keeps connections open; it must be at least 0.5",
					least.Path(), proxies[0].Name)
			case state == value.Unknown:
				c.Wait("dbClusterIdentifier of a proxy target")
			}
		},
	},
}

// isPostgres skips a rule for engines it is not about.
func isPostgres(c *rule.Check) bool {
	engine, ok := c.Kind("engine")
	if !ok {
		return false
	}
	if engine != "aurora-postgresql" && engine != "postgres" {
		c.Skip("the engine is not PostgreSQL")
		return false
	}
	return true
}

func engineFloor(c *rule.Check) {
	if !isPostgres(c) {
		return
	}
	v := c.Get("engineVersion")
	text, state := v.Text()
	if state == value.Unknown {
		c.Wait(v.Path())
		return
	}
	if state == value.Absent {
		c.Fail(v, "be set, since what AWS chooses differs from account to account")
		return
	}
	majorText, rest, hasMinor := strings.Cut(text, ".")
	minorText, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(majorText)
	minor, minorErr := strconv.Atoi(minorText)
	floor, listed := postgresFloor[major]
	switch {
	case err != nil || hasMinor && minorErr != nil:
		c.Fail(v, "be a version such as 17.6")
	case listed && !hasMinor:
		c.Fail(v, fmt.Sprintf("name a minor version, at least %d.%d", major, floor))
	case listed && minor < floor:
		c.Fail(v, fmt.Sprintf("be at least %d.%d", major, floor))
	case !listed && major < 18:
		c.Fail(v, "be at least 13.22")
	}
}

// parameter finds a parameter of a group. The State is Absent when the group does not set it, and Unknown when that
// cannot be told.
func parameter(group value.Value, name string) (value.Value, value.State) {
	items, state := group.Get("parameters").Items()
	if state == value.Unknown {
		return value.Value{}, value.Unknown
	}
	answer := value.Absent
	for _, item := range items {
		text, state := item.Get("name").Text()
		switch {
		case state == value.Unknown:
			answer = value.Unknown
		case strings.EqualFold(text, name):
			return item.Get("value"), value.Known
		}
	}
	return value.Value{}, answer
}

// parameterNot requires a parameter not to have any of the values.
func parameterNot(c *rule.Check, name string, bad ...string) {
	v, state := parameter(c.Props, name)
	text, valueState := v.Text()
	if state == value.Unknown || valueState == value.Unknown {
		c.Wait("parameters")
		return
	}
	for _, b := range bad {
		if strings.EqualFold(text, b) {
			c.Failf("%s is %s; it must not be", name, v.Show())
			return
		}
	}
}
