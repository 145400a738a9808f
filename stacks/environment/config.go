package environment

import "time"

// Config is what a stack's YAML file declares. The yaml tags are the keys;
// docs/configuration.md says what each does.
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
	Zones       []string              `yaml:"zones"`
	Network     NetworkConfig         `yaml:"network"`
	Edge        EdgeConfig            `yaml:"edge"`
	Alerts      Alerts                `yaml:"alerts"`
	Database    Database              `yaml:"database"`
	Tenancy     Tenancy               `yaml:"tenancy"`
	Queues      map[string]Queue      `yaml:"queues"`
	Secrets     map[string]Secret     `yaml:"secrets"`
	Registries  map[string]Registry   `yaml:"registries"`
	ImageCaches map[string]ImageCache `yaml:"imageCaches"`
	Services    map[string]Service    `yaml:"services"`
	Jobs        map[string]Job        `yaml:"jobs"`

	region string
}

// NetworkConfig is the network, beyond what the tier says about it.
type NetworkConfig struct {
	CIDR string `yaml:"cidr"`
	// NAT is the way to the internet: none, single, per-zone or instance.
	NAT string `yaml:"nat"`
	// IPv6 gives the network, its tasks and the load balancer IPv6 addresses.
	IPv6 bool `yaml:"ipv6"`
	// Endpoints are AWS services that are reached without the internet.
	Endpoints []string `yaml:"endpoints"`
	// FlowLog is what the flow log records: refused or all.
	FlowLog string `yaml:"flowLog"`
}

// EdgeConfig is where users arrive, beyond what the tier says about it.
type EdgeConfig struct {
	// WAF is what the web application firewall does: none, count or block.
	WAF string `yaml:"waf"`
	// RequestsPer5Minutes is how many requests the firewall lets one address make.
	RequestsPer5Minutes int `yaml:"requestsPer5Minutes"`
	// IdleTimeout is how long a connection may be silent.
	IdleTimeout time.Duration `yaml:"idleTimeout"`
	// CDN puts CloudFront in front of the load balancer.
	CDN CDN `yaml:"cdn"`
	// ClientAuthorities is a file of certificate authorities, relative to
	// Pulumi.yaml; only clients with a certificate of theirs get in.
	ClientAuthorities string `yaml:"clientAuthorities"`
}

// CDN is CloudFront in front of the load balancer.
type CDN struct {
	// SecretKey is where the text is that proves to the load balancer that a
	// request came through CloudFront.
	SecretKey `yaml:",inline"`
	// Also is another key of the same secret, whose text is taken as well while the
	// first one changes.
	Also string `yaml:"also"`
	// Open lets users reach the load balancer beside CloudFront, on the way on and
	// off.
	Open bool `yaml:"open"`
	// Locations is where CloudFront answers: all, most or cheapest.
	Locations string `yaml:"locations"`
}

// SecretKey names one key of the JSON value of a declared secret.
type SecretKey struct {
	Secret string `yaml:"secret"`
	Key    string `yaml:"key"`
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
// Pulumi, but for the keys that the edge has to know.
type Secret struct {
	Description string `yaml:"description"`
	// Env maps an environment variable to a key of the secret's JSON value.
	Env map[string]string `yaml:"env"`
	// More are keys that no variable takes: those of a login, of the CDN.
	More []string `yaml:"keys"`
}

// Registry is a repository of container images. It belongs to the account, so one
// stack of an account declares it.
type Registry struct {
	OwnKey       bool     `yaml:"ownKey"`
	KeepImages   int      `yaml:"keepImages"`
	UntaggedDays int      `yaml:"untaggedDays"`
	PullAccounts []string `yaml:"pullAccounts"`
}

// ImageCache keeps the images of a registry elsewhere. Like a registry it belongs
// to the account.
type ImageCache struct {
	Upstream string `yaml:"upstream"`
	// AzureHost is the host of a registry in Azure.
	AzureHost string `yaml:"azureHost"`
	// Credential is the ARN of the secret that ECR logs in with.
	Credential   string            `yaml:"credential"`
	Tags         map[string]string `yaml:"tags"`
	KeepImages   int               `yaml:"keepImages"`
	UntaggedDays int               `yaml:"untaggedDays"`
}
