// Package schema holds what a resource provider knows before it calls the
// cloud: the type of every property, what is required, which values are
// allowed, which defaults and names it fills in, and which changes replace a
// resource. The offline cloud answers preview from these facts as pulumi-aws
// 6.83.2 (terraform-provider-aws 5.100.0) and pulumi-datadog 4.68.0 would.
//
// The facts are data: one JSON file a module below facts, embedded and parsed
// when a type of the module is first asked for. The command in generate makes
// them from the provider's published schema, from probing the provider itself,
// from the SDK's source, and from a reviewed overlay.
//
// Check refuses exactly what the provider refuses at preview. What only the
// cloud refuses is kept apart (CheckAtCreate), so that a sandbox run fails at
// the same step as a real one.
//
// Limits: rules the provider applies in code of its own, and which no probe
// meets, are known only where the overlay or rules.go states them. Datadog's
// facts come from the SDK alone.
package schema
