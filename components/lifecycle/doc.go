// Package lifecycle holds tests that take the data components through their
// lives with the real Pulumi engine on the offline cloud: made, unchanged, grown,
// refused deletion, deleted with a snapshot, restored.
//
// They prove what the recorder of componenttest cannot see: unknown values,
// replacements, order and state. What they do not prove is in the package comment
// of the offline cloud.
package lifecycle
