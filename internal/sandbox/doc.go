// Package sandbox is an offline cloud for the Pulumi engine: resource providers
// for the packages aws and datadog that run inside the calling process, over a
// local account kept in one file.
//
// The engine attaches to them through the PULUMI_DEBUG_PROVIDERS variable, so
// every verb works as it does against the real cloud: preview, up, refresh,
// import, destroy, policy packs and hooks. Three parts stand behind them:
// package schema is what pulumi-aws 6.83.2 knows before it calls AWS (types,
// limits, defaults, names, what replaces), package cloud is what AWS answers
// (identifiers, computed outputs, refusals), and package account is what exists.
//
// # What a run here proves
//
// That the program is accepted by the provider, for every value known at
// preview; that resources are created, changed, replaced and deleted in an
// order that works, with the identifiers flowing between them; that nothing
// refers to what does not exist, takes a name that is taken, or deletes what is
// in use or protected; which changes replace a resource; that a second run
// changes nothing; that a run which failed or was killed can be continued; and
// what policies and hooks see.
//
// # What it does not prove
//
// Nothing runs: no container starts, no function is invoked (an invocation is
// answered with {"offline": true}, so no migration reaches a database), no query
// is answered, no message moves, no packet meets a security group, and IAM
// policies are not evaluated. Quotas, capacity, prices, latency and eventual
// consistency are not simulated, and where AWS changes its mind about a value
// later (a task rollback, a certificate renewal, a maintenance window) this
// cloud does not. An input that the package schema has no limit for passes here
// even if AWS would refuse it. A type that is not in the data is an error, never
// a silent pass.
package sandbox
