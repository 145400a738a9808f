// Package environment composes one environment of the SaaS from its stack's
// YAML file.
//
// Reading order: config.go says what an environment declares, tiers.go what a
// tier makes of it, environment.go builds it. Everything is read once and
// checked as a whole: a wrong file is one error that lists every problem with
// its key, its value, what is allowed and how to mend it, before any resource
// is registered.
package environment
