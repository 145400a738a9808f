// Package naming makes physical names that fit the limits AWS sets, the same
// way for every component.
//
// A physical name is fixed only where people, monitors or IAM policies have to
// know it before the resource exists. Everything else is named by the provider.
package naming

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Kind is a sort of AWS name with its own limits.
type Kind int

// The kinds of names that components fix.
const (
	Cluster Kind = iota + 1
	Service
	TaskFamily
	LoadBalancer
	TargetGroup
	LogGroup
	Queue
	FIFOQueue
	RDSIdentifier
	SubnetGroup
	Secret
	KeyAlias
	Alarm
	ScalingPolicy
	Bucket
	EventBus
	Schedule
	Function
	Repository
	Namespace
	BackupVault
	Cache
	EventArchive
	EventRule
	StateMachine
	Table
	LogSource
)

type limit struct {
	what    string
	max     int
	lower   bool
	suffix  string
	pattern *regexp.Regexp
	allowed string
}

var (
	alnumHyphen      = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)
	alnumHyphenUnder = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	rds              = regexp.MustCompile(`^[a-z](-?[a-z0-9])*$`)
	path             = regexp.MustCompile(`^[A-Za-z0-9_./#-]+$`)
	secretPath       = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]+$`)
	alias            = regexp.MustCompile(`^[A-Za-z0-9/_-]+$`)
	dotted           = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)
	bucket           = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	repository       = regexp.MustCompile(`^[a-z0-9]([a-z0-9._/-]*[a-z0-9])?$`)
)

// limits holds AWS's limits. Those the Terraform AWS provider 5.100.0 checks
// were measured on it; the others (ECS service, RDS identifier, Lambda function)
// are AWS's documented API limits.
var limits = map[Kind]limit{
	Cluster:       {what: "ECS cluster", max: 255, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	Service:       {what: "ECS service", max: 255, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	TaskFamily:    {what: "task family", max: 255, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	LoadBalancer:  {what: "load balancer", max: 32, pattern: alnumHyphen, allowed: "letters, digits and inner hyphens"},
	TargetGroup:   {what: "target group", max: 32, pattern: alnumHyphen, allowed: "letters, digits and inner hyphens"},
	LogGroup:      {what: "log group", max: 512, pattern: path, allowed: "letters, digits and . _ - / #"},
	Queue:         {what: "SQS queue", max: 80, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	FIFOQueue:     {what: "SQS FIFO queue", max: 80, suffix: ".fifo", pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	RDSIdentifier: {what: "RDS identifier", max: 63, lower: true, pattern: rds, allowed: "lower-case letters, digits and single inner hyphens, starting with a letter"},
	SubnetGroup:   {what: "DB subnet group", max: 255, lower: true, pattern: rds, allowed: "lower-case letters, digits and single inner hyphens, starting with a letter"},
	Secret:        {what: "secret", max: 512, pattern: secretPath, allowed: "letters, digits and / _ + = . @ -"},
	KeyAlias:      {what: "KMS alias", max: 250, pattern: alias, allowed: "letters, digits, slashes, underscores and hyphens"},
	Alarm:         {what: "CloudWatch alarm", max: 255, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	ScalingPolicy: {what: "scaling policy", max: 255, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	Bucket:        {what: "S3 bucket", max: 63, lower: true, pattern: bucket, allowed: "lower-case letters, digits and inner hyphens"},
	EventBus:      {what: "event bus", max: 256, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	Schedule:      {what: "schedule", max: 64, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	Function:      {what: "Lambda function", max: 64, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	Repository:    {what: "ECR repository", max: 256, lower: true, pattern: repository, allowed: "lower-case letters, digits and inner . _ - /"},
	BackupVault:   {what: "backup vault", max: 50, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	Cache:         {what: "cache", max: 40, lower: true, pattern: rds, allowed: "lower-case letters, digits and single inner hyphens, starting with a letter"},
	EventArchive:  {what: "event archive", max: 48, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	EventRule:     {what: "event rule", max: 64, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	StateMachine:  {what: "state machine", max: 80, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	Table:         {what: "DynamoDB table", max: 255, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
	LogSource:     {what: "log delivery source", max: 60, pattern: alnumHyphenUnder, allowed: "letters, digits, hyphens and underscores"},
	Namespace:     {what: "Cloud Map namespace", max: 1024, pattern: dotted, allowed: "letters, digits, dots, hyphens and underscores"},
}

var component = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Component checks the name a component is given. It becomes part of physical
// names, of environment variables and of the names of grants, so it has to fit
// all of them.
func Component(name string) error {
	if len(name) > 40 || !component.MatchString(name) {
		return fmt.Errorf("the name must be 1 to 40 lower-case letters, digits and single inner hyphens, starting with a letter, got %q; rename it", name)
	}
	return nil
}

// groupIDs begins the ids of security groups.
const groupIDs = "sg-"

// SecurityGroup checks a logical name that a security group is given. The provider
// makes the group's own name of it, with a hyphen and some characters behind, and
// EC2 takes none that could be the id of another group.
func SecurityGroup(name string) error {
	if strings.HasPrefix(name+"-", groupIDs) {
		return fmt.Errorf("the name must not be sg or begin with sg-, got %q; its security group would be named so, and EC2 keeps that for the ids of groups; rename it", name)
	}
	return nil
}

// hashLength is how many hex digits replace the cut part of a long name.
const hashLength = 7

// Physical returns the physical name <project>-<stack>-<name> of the kind, so
// that environments share an account without collisions. See [Fit] for what
// happens to a long name.
func Physical(ctx *pulumi.Context, kind Kind, name string) (string, error) {
	return Fit(kind, "-", ctx.Project(), ctx.Stack(), name)
}

// Path returns the physical name <project>/<stack>/<name> for kinds whose names
// are paths: log groups, secrets, key aliases and repositories.
func Path(ctx *pulumi.Context, kind Kind, name string) (string, error) {
	return Fit(kind, "/", ctx.Project(), ctx.Stack(), name)
}

// Fit joins the parts and fits the result to the kind. A name over the limit
// keeps its beginning and ends in a hash of the whole, so that two long names
// stay different. A name with a character AWS refuses is an error.
func Fit(kind Kind, separator string, parts ...string) (string, error) {
	l, ok := limits[kind]
	if !ok {
		return "", fmt.Errorf("naming: kind %d has no limits; add a row to the table", kind)
	}
	name := strings.Join(parts, separator)
	if l.lower {
		name = strings.ToLower(name)
	}
	if budget := l.max - len(l.suffix); len(name) > budget {
		sum := sha256.Sum256([]byte(name))
		name = strings.TrimRight(name[:budget-hashLength-1], "-/._") + "-" + hex.EncodeToString(sum[:])[:hashLength]
	}
	if !l.pattern.MatchString(name) {
		return "", fmt.Errorf("%s name %q holds a character AWS refuses; allowed are %s", l.what, name, l.allowed)
	}
	return name + l.suffix, nil
}
