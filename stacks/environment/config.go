package environment

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// namespace is the prefix of every configuration key. It stays "tenfold" when
// the project is renamed.
const namespace = "tenfold"

// Config is what a stack's YAML file declares. The yaml tags are the keys.
type Config struct {
	// Production says that customers depend on the environment.
	Production bool `yaml:"production"`
	// Tier is the size of the environment.
	Tier Tier `yaml:"tier"`
	// Domain is what the services answer on.
	Domain string `yaml:"domain"`
	// HostedZone is the Route 53 zone that holds the domain's records.
	HostedZone string `yaml:"hostedZone"`
	// Zones are the availability zones in the order of their address slots.
	Zones    []string           `yaml:"zones"`
	Network  NetworkConfig      `yaml:"network"`
	Alerts   Alerts             `yaml:"alerts"`
	Database Database           `yaml:"database"`
	Tenancy  Tenancy            `yaml:"tenancy"`
	Queues   map[string]Queue   `yaml:"queues"`
	Secrets  map[string]Secret  `yaml:"secrets"`
	Services map[string]Service `yaml:"services"`
	Jobs     map[string]Job     `yaml:"jobs"`

	region string
}

// NetworkConfig overrides what the tier says about the network.
type NetworkConfig struct {
	CIDR string `yaml:"cidr"`
	NAT  string `yaml:"nat"`
}

// Alerts says who is told when a monitor fires.
type Alerts struct {
	Team     string            `yaml:"team"`
	Page     []string          `yaml:"page"`
	Notify   []string          `yaml:"notify"`
	Runbooks string            `yaml:"runbooks"`
	Off      map[string]string `yaml:"off"`
}

// Database overrides what the tier says about the database. Pointers tell an
// override with zero from no override.
type Database struct {
	MinACU     *float64      `yaml:"minACU"`
	MaxACU     *float64      `yaml:"maxACU"`
	AutoPause  time.Duration `yaml:"autoPause"`
	Readers    *int          `yaml:"readers"`
	BackupDays *int          `yaml:"backupDays"`
	// MaxReaders lets AWS add readers by their load, up to this many.
	MaxReaders int `yaml:"maxReaders"`
	// IOOptimized pays for storage by size alone, and not by request.
	IOOptimized bool `yaml:"ioOptimized"`
	// AdvancedInsights keeps 15 months of performance data.
	AdvancedInsights bool `yaml:"advancedInsights"`
}

// Tenancy is how the guard and the migrations reach the database.
type Tenancy struct {
	// Archive is the package of the functions, where the build does not leave it
	// in bin/functions.
	Archive string `yaml:"archive"`
	// Adopting lets migrations leave violations in a database that had tables
	// before it had the guard.
	Adopting bool `yaml:"adopting"`
	// SharedConcurrency reserves no concurrency for the functions, which AWS
	// refuses in an account with the quota of a new one.
	SharedConcurrency bool `yaml:"sharedConcurrency"`
}

// Queue is a work queue with its dead-letter queue.
type Queue struct {
	FIFO bool `yaml:"fifo"`
	// ProcessingTime is how long a worker takes for one message at most.
	ProcessingTime time.Duration `yaml:"processingTime"`
	// MaxReceives is how often a message is tried before it is set aside.
	MaxReceives int `yaml:"maxReceives"`
	// MaxAge is how old the oldest message may get before someone is told.
	MaxAge time.Duration `yaml:"maxAge"`
}

// Secret is a container for a secret value; the value never passes through
// Pulumi.
type Secret struct {
	Description string `yaml:"description"`
	// Env maps an environment variable to a key of the secret's JSON value.
	Env map[string]string `yaml:"env"`
}

// Container is what services and jobs have in common.
type Container struct {
	Image   string   `yaml:"image"`
	Command []string `yaml:"command"`
	CPU     int      `yaml:"cpu"`
	Memory  int      `yaml:"memory"`
	// User is who the process runs as, "uid" or "uid:gid", not root.
	User string `yaml:"user"`
	// Writable are the directories a task may write to; the rest of its file
	// system is read-only.
	Writable []string          `yaml:"writable"`
	Env      map[string]string `yaml:"env"`
	// Uses names what the container may use: "database", "database:read",
	// "queue:<name>:send", "queue:<name>:consume", "secret:<name>".
	Uses []string `yaml:"uses"`
}

// Service is a container that runs all the time.
type Service struct {
	Container `yaml:",inline"`
	// Port is where the container listens. None for a worker.
	Port int `yaml:"port"`
	// Host is the name below the domain the service answers on; "@" is the
	// domain itself.
	Host string `yaml:"host"`
	// Path narrows the host to a path prefix, for example "/api".
	Path string `yaml:"path"`
	// Health is the path of the health check.
	Health string `yaml:"health"`
	// Queue is the queue a worker consumes.
	Queue   string  `yaml:"queue"`
	Scaling Scaling `yaml:"scaling"`
	// Spot is the percentage of tasks on spare capacity, which AWS takes back
	// with two minutes' notice.
	Spot int `yaml:"spot"`
}

// Scaling is how many tasks run. The measure that asks for most wins.
type Scaling struct {
	Min int `yaml:"min"`
	Max int `yaml:"max"`
	// CPU and Memory are the average use in percent that scaling aims at.
	CPU    int `yaml:"cpu"`
	Memory int `yaml:"memory"`
	// Requests is how many requests a minute a task should get.
	Requests int `yaml:"requests"`
	// Latency is how long a message of a worker's queue may wait; PerMessage is
	// what a task takes for one on average.
	Latency    time.Duration `yaml:"latency"`
	PerMessage time.Duration `yaml:"perMessage"`
	// Sleep stops every task in the evening.
	Sleep Sleep `yaml:"sleep"`
}

// Sleep is when nobody works: tasks stop every evening and start on the mornings
// of working days.
type Sleep struct {
	Stop     string `yaml:"stop"`
	Start    string `yaml:"start"`
	TimeZone string `yaml:"timeZone"`
}

// Job is a container that runs to its end.
type Job struct {
	Container `yaml:",inline"`
	// Schedule is a cron or rate expression of AWS. None: somebody starts it.
	Schedule string `yaml:"schedule"`
	TimeZone string `yaml:"timeZone"`
	// Spot runs the job on spare capacity.
	Spot bool `yaml:"spot"`
}

// Load reads the configuration of the current stack and checks it. The error
// lists every problem.
func Load(ctx *pulumi.Context) (*Config, error) {
	return read(ctx.Stack(), config.New(ctx, namespace).Get, config.Get(ctx, "aws:region"))
}

// Read checks a stack's configuration outside of a run of Pulumi. The values are
// those of its settings file by full key, structured ones as JSON.
func Read(stack string, values map[string]string) (*Config, error) {
	return read(stack, func(key string) string { return values[namespace+":"+key] }, values["aws:region"])
}

func read(stack string, get func(string) string, region string) (*Config, error) {
	problems := &problems{stack: stack}
	c := &Config{Production: true, region: region}
	decode(get, c, problems)
	if c.HostedZone == "" {
		c.HostedZone = c.Domain
	}
	c.check(problems)
	return c, problems.err()
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
