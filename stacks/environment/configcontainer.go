package environment

import "time"

// Container is what services and jobs have in common.
type Container struct {
	Image   string   `yaml:"image"`
	Command []string `yaml:"command"`
	// Architecture is the processor the image is built for: arm64 or x86_64.
	Architecture string `yaml:"architecture"`
	CPU          int    `yaml:"cpu"`
	Memory       int    `yaml:"memory"`
	// Storage is the disk in GiB.
	Storage int `yaml:"storage"`
	// Stop is how long a task has to end when it is told to.
	Stop time.Duration `yaml:"stop"`
	// User is who the process runs as, "uid" or "uid:gid", not root.
	User string `yaml:"user"`
	// Writable are the directories a task may write to; the rest of its file
	// system is read-only.
	Writable []string          `yaml:"writable"`
	Env      map[string]string `yaml:"env"`
	// Uses names what the container may use: "database", "database:read",
	// "queue:<name>:send", "queue:<name>:consume", "secret:<name>", "cache:<name>".
	Uses []string `yaml:"uses"`
	// Egress is where a task may connect to.
	Egress Egress `yaml:"egress"`
}

// Egress is where a task may connect to beyond what it uses.
type Egress struct {
	// Private takes the way to HTTPS anywhere away.
	Private bool `yaml:"private"`
	// Also are addresses outside that are not HTTPS.
	Also []Outlet `yaml:"also"`
}

// Outlet is one port of a range of addresses.
type Outlet struct {
	Port int    `yaml:"port"`
	CIDR string `yaml:"cidr"`
	Why  string `yaml:"why"`
}

// Service is a container that runs all the time.
type Service struct {
	Container `yaml:",inline"`
	// Port is where the container listens. None for a worker.
	Port int `yaml:"port"`
	// Host is the name below the domain the service answers on; "@" is the
	// domain itself, "*" every name below it that no other service has.
	Host string `yaml:"host"`
	// Path narrows the host to a path prefix, for example "/api".
	Path string `yaml:"path"`
	// Probe chooses another listener priority when two routes have one by chance.
	Probe int `yaml:"probe"`
	// Health is the load balancer's check of a task.
	Health Health `yaml:"health"`
	// Login asks users to sign in before a request reaches the service.
	Login Login `yaml:"login"`
	// Serve lets other services call this one, without the load balancer.
	Serve bool `yaml:"serve"`
	// Calls are the services this one calls that way.
	Calls []string `yaml:"calls"`
	// Queue is the queue a worker consumes.
	Queue string `yaml:"queue"`
	// Startup is how long a task may take until it answers health checks.
	Startup time.Duration `yaml:"startup"`
	// Check is run inside the container.
	Check   Check   `yaml:"check"`
	Scaling Scaling `yaml:"scaling"`
	// Spot is the percentage of tasks on spare capacity, which AWS takes back
	// with two minutes' notice.
	Spot int `yaml:"spot"`
	// Sidecars are containers beside the service's, by name.
	Sidecars map[string]Sidecar `yaml:"sidecars"`
	// Shell lets people open a recorded shell in tasks.
	Shell     bool      `yaml:"shell"`
	Migration Migration `yaml:"migration"`
	Alarms    Alarms    `yaml:"alarms"`
	// AcceptRollback says why a deployment that was rolled back is a success.
	AcceptRollback string `yaml:"acceptRollback"`
	// DeployTimeout is how long a deployment may take.
	DeployTimeout time.Duration `yaml:"deployTimeout"`
}

// Health is the load balancer's check of a task; the path alone is enough.
type Health struct {
	Path     string        `yaml:"path" alone:"true"`
	Interval time.Duration `yaml:"interval"`
	Timeout  time.Duration `yaml:"timeout"`
	Retries  int           `yaml:"retries"`
	Now      string        `yaml:"now"`
}

// Check is a command that ECS runs inside a container.
type Check struct {
	// Command begins with CMD or CMD-SHELL.
	Command  []string      `yaml:"command"`
	Interval time.Duration `yaml:"interval"`
	Timeout  time.Duration `yaml:"timeout"`
	Retries  int           `yaml:"retries"`
}

// Login is an OpenID Connect provider that users sign in with.
type Login struct {
	Issuer           string `yaml:"issuer"`
	AuthorizationURL string `yaml:"authorizationURL"`
	TokenURL         string `yaml:"tokenURL"`
	UserInfoURL      string `yaml:"userInfoURL"`
	ClientID         string `yaml:"clientID"`
	// SecretKey is where the client's secret is.
	SecretKey `yaml:",inline"`
	Scope     string `yaml:"scope"`
	// Session is how long a user stays signed in.
	Session time.Duration `yaml:"session"`
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
	// Idle lets no task run while no message waits.
	Idle bool `yaml:"idle"`
	// Schedules change Min and Max at set times.
	Schedules []Schedule `yaml:"schedules"`
	// Sleep stops every task in the evening.
	Sleep Sleep `yaml:"sleep"`
}

// Schedule changes the number of tasks at set times.
type Schedule struct {
	Name     string `yaml:"name"`
	At       string `yaml:"at"`
	TimeZone string `yaml:"timeZone"`
	Min      int    `yaml:"min"`
	Max      int    `yaml:"max"`
}

// Sleep is when nobody works: tasks stop every evening and start on the mornings
// of working days.
type Sleep struct {
	Stop     string `yaml:"stop"`
	Start    string `yaml:"start"`
	TimeZone string `yaml:"timeZone"`
}

// Sidecar is a container beside a service's, in the same task.
type Sidecar struct {
	Image   string            `yaml:"image"`
	Command []string          `yaml:"command"`
	Env     map[string]string `yaml:"env"`
	// Uses names secrets only: "secret:<name>".
	Uses []string `yaml:"uses"`
	User string   `yaml:"user"`
	// Memory is the most MiB of the task's memory that it may take.
	Memory   int      `yaml:"memory"`
	Writable []string `yaml:"writable"`
	Check    Check    `yaml:"check"`
	// Essential stops the task when the sidecar ends.
	Essential bool `yaml:"essential"`
	// First starts the service's container after the sidecar.
	First bool `yaml:"first"`
}

// Migration is a command that runs before the service moves to a new revision.
type Migration struct {
	Command []string      `yaml:"command"`
	Timeout time.Duration `yaml:"timeout"`
	// Off says why the command is not run for now.
	Off string `yaml:"off"`
}

// Alarms watch deployments of a service with a host.
type Alarms struct {
	// Errors is the share of requests in percent that may fail.
	Errors int `yaml:"errors"`
	// Latency is how long the slowest of a hundred requests may take.
	Latency time.Duration `yaml:"latency"`
	// MinRequests is how many requests a minute make either count.
	MinRequests int `yaml:"minRequests"`
	// Off says why deployments ignore the alarms.
	Off string `yaml:"off"`
}

// Job is a container that runs to its end.
type Job struct {
	Container `yaml:",inline"`
	// Schedule is a cron or rate expression of AWS. None: somebody starts it.
	Schedule string `yaml:"schedule"`
	TimeZone string `yaml:"timeZone"`
	// Window lets AWS start a run up to this much later.
	Window time.Duration `yaml:"window"`
	// Retries is how often a start that fails is tried again. The pointer tells 0,
	// never, from the default.
	Retries *int `yaml:"retries"`
	// MaxDelay is how late a start may still be tried.
	MaxDelay time.Duration `yaml:"maxDelay"`
	// Overlap lets a run start while the one before it goes on.
	Overlap bool `yaml:"overlap"`
	// Timeout is how long a run may take.
	Timeout time.Duration `yaml:"timeout"`
	// Paused stops the schedule and says why.
	Paused string `yaml:"paused"`
	// Spot runs the job on spare capacity.
	Spot bool `yaml:"spot"`
}
