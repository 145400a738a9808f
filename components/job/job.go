// Package job runs a container to its end: on a schedule, or when someone starts
// it.
//
// EventBridge Scheduler starts a run whether or not the one before has ended, and
// may on rare occasions start one twice. So it starts no task but an execution of
// a state machine of Step Functions, which takes a lock, runs the task, and ends
// as the task ended. An execution that finds another one going on ends at once,
// in the state AnotherRunHoldsTheLock, and counts as a success.
//
// The lock is an item in DynamoDB that names the execution holding it. It is held
// for as long as that execution runs, so nothing has to be released: a run that
// crashed, took too long or was stopped by a person is in nobody's way.
//
// A run that did not start, failed or took too long leaves one message in the
// job's queue of failures, which is watched. So does a task that a person started
// without the state machine and that failed. What a person stopped does not.
package job

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

// NoRetry is the number of retries of a job whose start is tried once only.
const NoRetry = -1

// Args configures a job. Cluster, Network, Image and Monitors are required.
type Args struct {
	// Cluster is where the job runs. Required.
	Cluster *cluster.Cluster
	// Network says in which subnets tasks run; see network.Network.Tasks. Required.
	Network network.Placement
	// Image is the container image, by digest: repository@sha256:digest. Required.
	Image string
	// MutableImage also admits a tag. Default: false, an image by digest.
	MutableImage bool
	// Command replaces the image's command. Default: the image's.
	Command []string
	// Architecture is the processor the image is built for. Default: ARM64.
	Architecture Architecture
	// CPU is the size of the task in CPU units, 1024 for one vCPU: 256, 512,
	// 1024, 2048, 4096, 8192 or 16384. Default: 256.
	CPU int
	// MemoryMiB is the memory, one of the sizes Fargate has for CPU. Default: 2
	// MiB for each CPU unit.
	MemoryMiB int
	// StorageGiB is the disk, 20 to 200. Default: 20, at no charge.
	StorageGiB int
	// StopTimeout is how long the task has between SIGTERM and SIGKILL: up to 2
	// minutes. Default: 45 seconds.
	StopTimeout time.Duration
	// Uses is what the job may do. Default: nothing.
	Uses []access.Grant
	// Egress is where tasks may connect to beside what Uses reaches. Default:
	// HTTPS to anywhere.
	Egress Egress
	// Env holds environment variables. Default: none.
	Env map[string]pulumi.StringInput
	// User is who the process runs as, "uid" or "uid:gid" in numbers, not root.
	// Default: "65532:65532".
	User string
	// WritablePaths are directories the task may write to. Default: none.
	WritablePaths []string
	// Spot runs the job on Fargate Spot, for about a third of the price. A task
	// that AWS takes back counts as a failure. Default: false.
	Spot bool
	// Schedule is when the job runs: a cron or rate expression of AWS, for
	// example "cron(0 3 * * ? *)"; see CheckSchedule. Default: only when someone
	// starts it.
	Schedule string
	// TimeZone is the name of the time zone of a cron expression. Default: UTC.
	TimeZone string
	// Window lets AWS start a run up to this much later, to spread load: whole
	// minutes, up to 24 hours. Default: 0, on time.
	Window time.Duration
	// Retries is how often a start that fails is tried again, 1 to 185, or
	// NoRetry: that of the run by EventBridge Scheduler, and that of its task, for
	// which ECS may have no capacity. A task that started and failed is not started
	// again. Default: 3.
	Retries int
	// MaxDelay is for how long each of the two starts is tried: 1 minute to 24
	// hours. Default: 1 hour.
	MaxDelay time.Duration
	// Overlap lets a run start while the one before has not ended. Tasks that a
	// person starts, as tenfold run does, take no lock and mind none; an execution
	// of the state machine that a person starts does. The lock is a table that is
	// protected: set Disposable for one update before you set Overlap. Default:
	// false, such a run is skipped, and so may be one that starts within moments of
	// the other's end.
	Overlap bool
	// Timeout is how long a run on the schedule may take: whole seconds, 1 minute
	// to 7 days. Its task is stopped then, and the run has failed. Default: 6
	// hours.
	Timeout time.Duration
	// Paused stops the schedule and says why. Default: it runs.
	Paused string
	// LogRetentionDays is how long output is kept. Default: 30.
	LogRetentionDays int
	// LogKeyARN is the KMS key that encrypts the output; its policy has to admit
	// CloudWatch Logs. Default: nil, CloudWatch Logs' own encryption.
	LogKeyARN pulumi.StringInput
	// Disposable deletes the logs, the lock and the record of failures with the
	// job. Default: false, the logs stay behind and the table and the queue are
	// protected.
	Disposable bool
	// Monitors makes the monitor job-failed. Required; monitor.Off has none and
	// says why.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID and says why. Default: all on.
	MonitorsOff map[string]string
}

// Architecture is a processor architecture: ARM64 or X8664.
type Architecture = task.Architecture

// The architectures Fargate has.
const (
	ARM64 = task.ARM64
	X8664 = task.X8664
)

// Egress is where tasks may connect to, beside what their grants reach.
type Egress = task.Egress

// Destination is a range of addresses that tasks may connect to on one TCP port.
type Destination = task.Destination

// Job is a task that runs to its end.
type Job struct {
	pulumi.ResourceState

	// Name is the name of the task family, known while the program runs.
	Name string
	// RoleName is the role the container acts as.
	RoleName pulumi.StringOutput `pulumi:"roleName"`
	// SecurityGroupID is the group of the tasks.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// TaskDefinitionARN is the revision that runs.
	TaskDefinitionARN pulumi.StringOutput `pulumi:"taskDefinitionArn"`
	// FailuresURL is the queue of failures.
	FailuresURL pulumi.StringOutput `pulumi:"failuresUrl"`
	// LogGroup is the name of the log group.
	LogGroup string
}

// New makes a job.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Job, error) {
	args = args.withDefaults()
	spec := args.spec()
	p, err := args.plan(ctx, name, spec)
	if err != nil {
		return nil, err
	}
	j := &Job{Name: p.task.Family, LogGroup: p.task.LogGroup}
	if err := ctx.RegisterComponentResource("tenfold:job:Job", name, j, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: args, spec: spec, plan: p, job: j}
	for _, step := range []func() error{b.task, b.failures, b.lock, b.machine, b.schedule, b.monitors} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return j, ctx.RegisterResourceOutputs(j, pulumi.Map{
		"name": pulumi.String(j.Name), "roleName": j.RoleName, "securityGroupId": j.SecurityGroupID,
		"taskDefinitionArn": j.TaskDefinitionARN, "failuresUrl": j.FailuresURL, "logGroup": pulumi.String(j.LogGroup),
	})
}
