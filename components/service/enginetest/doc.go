// Package enginetest runs the compute components, and the migrations they wait
// for, with the real Pulumi engine over the offline cloud: what replaces what,
// what changes in place, and in which order. It holds tests only.
package enginetest
