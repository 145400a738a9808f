// Package rules holds the rules of the pack, one theme to a file.
//
// A rule's level follows its severity: critical and high stop a run, medium does when Tenfold's own components always
// satisfy it, low advises. A rule that departs from that says why in LevelReason.
package rules

import (
	"slices"

	"github.com/tenfold-iac/tenfold/policies/rule"
)

// All returns every rule, theme by theme.
func All() []*rule.Rule {
	return slices.Concat(
		ecsTask, ecsService,
		loadBalancer,
		network, securityGroup,
		database, databaseEngine, tenancy,
		queue,
		secret, key,
		iamPolicy, iamRole,
		bucket,
		logs, events,
		registry, function,
		cache, backup,
		edge,
		protection,
		monitor,
	)
}
