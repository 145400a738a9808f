// Package cloud answers in the place of AWS and Datadog: what a resource gets
// for an identifier, which outputs are computed, what has to exist for it,
// which names are taken, and when it cannot be deleted.
//
// What can be said as data is: one YAML file per service in data, in the format
// described at type definition. What data cannot say is a small function in the
// Go file named after the service. Requests that AWS refuses are refused with
// AWS's error code and text, wrapped as the Terraform AWS provider 5.100.0
// wraps them, because that is what a person running Pulumi reads.
//
// A request is one transaction on the account: either all of its effects are
// stored or none. Waiting that the real provider does on its own (for a deleted
// queue's name to become free, for instance) moves the account's clock instead
// of taking time.
package cloud
