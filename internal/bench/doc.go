// Package bench holds benchmarks of the repository as a whole: what the
// components cost over registering the same resources by hand, how the time of
// a preview grows with the number of services, and how long the policy pack
// takes to be ready.
//
// A second on one machine says little about another, so what compares two
// things is reported as a ratio. The packages under test have benchmarks of
// their own beside their code.
package bench
