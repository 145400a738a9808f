package environment

import (
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// namespace is the prefix of every configuration key. It stays "tenfold" when
// the project is renamed.
const namespace = "tenfold"

// Load reads the configuration of the current stack and checks it, with the name
// of the project and the files that a deployment takes. The error lists every
// problem.
func Load(ctx *pulumi.Context) (*Config, error) {
	problems := &problems{stack: ctx.Stack()}
	c := read(config.New(ctx, namespace).Get, config.Get(ctx, "aws:region"), problems)
	checkProvider(setting(ctx), problems)
	c.checkProject(ctx.Project(), problems)
	c.checkArchive(problems)
	return c, problems.err()
}

// Read checks a stack's configuration outside of a run of Pulumi. The values are
// those of its settings file by full key, structured ones as JSON.
func Read(stack string, values map[string]string) (*Config, error) {
	problems := &problems{stack: stack}
	c := read(func(key string) string { return values[namespace+":"+key] }, values["aws:region"], problems)
	checkProvider(func(key string) string { return values[key] }, problems)
	known := tags(c)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if name, ours := strings.CutPrefix(key, namespace+":"); ours && !slices.Contains(known, name) {
			problems.add(key, "is not known; allowed are %s", strings.Join(known, ", "))
		}
	}
	return c, problems.err()
}

func read(get func(string) string, region string, p *problems) *Config {
	c := &Config{Production: true, region: region}
	decode(get, c, p)
	if c.HostedZone == "" {
		c.HostedZone = c.Domain
	}
	c.check(p)
	return c
}

// At returns the same configuration at another tier. The error lists what the
// tier refuses of it.
func (c *Config) At(stack string, tier Tier) (*Config, error) {
	moved := *c
	moved.Tier = tier
	problems := &problems{stack: stack}
	moved.check(problems)
	return &moved, problems.err()
}
