// Package service is a container that runs all the time: an ECS service on
// Fargate, with the roles, the security group, the log and the scaling it needs.
//
// Everything a task needs to start exists before the service does: it depends on
// its permissions, its rules, its log group and its route. A deployment waits
// until the new tasks are healthy and goes back by itself when they are not.
package service

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/cluster"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/internal/task"
	"github.com/tenfold-iac/tenfold/components/monitor"
	"github.com/tenfold-iac/tenfold/components/network"
)

// Args configures a service. Cluster, Network, Image and Monitors are required.
type Args struct {
	// Cluster is where the service runs. Changing it replaces the service. Required.
	Cluster *cluster.Cluster
	// Network says in which subnets tasks run; see network.Network.Tasks. Required.
	Network network.Placement
	// Image is the container image, by digest: repository@sha256:digest. When
	// it is in ECR the service may pull that repository and no other. Required.
	Image string
	// MutableImage also admits a tag, which can come to mean another image
	// between two starts of a task. Default: false, an image by digest.
	MutableImage bool
	// Command replaces the image's command. Default: the image's.
	Command []string
	// Architecture is the processor the image is built for. Default: ARM64.
	Architecture Architecture
	// CPU is the size of a task in CPU units, 1024 for one vCPU: 256, 512, 1024,
	// 2048, 4096, 8192 or 16384. Default: 256.
	CPU int
	// MemoryMiB is the memory of a task, one of the sizes Fargate has for CPU.
	// Default: 2 MiB for each CPU unit, which every size of CPU has.
	MemoryMiB int
	// StorageGiB is the disk of a task, 20 to 200. Default: 20, at no charge.
	StorageGiB int
	// Port is the TCP port the container listens on, 1 to 65535. Default: 0, a
	// worker that nobody connects to.
	Port int
	// Edge is where users reach the service. Default: nil, no user does.
	Edge *edge.Edge
	// Route is what the service answers at the edge. Default: everything on the
	// edge's domain.
	Route edge.Route
	// Serve lets other services of the cluster reach this one at
	// http://<name>:<Port>, balanced over its tasks by a proxy beside each. It
	// needs Port and a cluster with Connect. A request may take 1 minute.
	// Default: false.
	Serve bool
	// Calls are the services this one calls, each made before it, with Serve. It
	// gets a path to their port and <NAME>_URL for each, and its tasks start
	// after theirs: a task finds only what existed when it started. Default: none.
	Calls []*Service
	// StartupTime is how long a task may take until it answers health checks: 1
	// second to 30 minutes. Default: 1 minute.
	StartupTime time.Duration
	// HealthCheck runs inside the container. Default: none; the edge checks
	// what it routes to.
	HealthCheck HealthCheck
	// StopTimeout is how long a task has between SIGTERM and SIGKILL: up to 2
	// minutes, and longer than edge.DeregistrationDelay when the service has a
	// route. Default: 45 seconds.
	StopTimeout time.Duration
	// Scaling is how many tasks run. Default: 2 to 8 at 70 percent CPU.
	Scaling Scaling
	// Spot is how many of the tasks run on spare capacity. Default: none.
	Spot Spot
	// Uses is what the service may do: every permission, path, variable and
	// secret it has beyond its own. Default: nothing.
	Uses []access.Grant
	// Egress is where tasks may connect to beside what Uses and Calls reach.
	// Default: HTTPS to anywhere.
	Egress Egress
	// Env holds environment variables. Default: none.
	Env map[string]pulumi.StringInput
	// User is who the process runs as, "uid" or "uid:gid" in numbers, not root.
	// Default: "65532:65532", the non-root user of distroless images.
	User string
	// WritablePaths are directories a task may write to; they begin empty. The
	// rest of the file system is read-only. Fargate gives a directory to root
	// unless the image declares it a volume that belongs to User. Default: none.
	WritablePaths []string
	// Sidecars are containers beside the service's. Default: none.
	Sidecars []Sidecar
	// Shell lets people open a shell in tasks; the cluster records it. Default:
	// false. It needs a cluster with Exec.KeyARN.
	Shell bool
	// LogRetentionDays is how long output is kept, one of the periods CloudWatch
	// Logs offers. Default: 30.
	LogRetentionDays int
	// LogKeyARN is the KMS key that encrypts the output; its policy has to admit
	// CloudWatch Logs. Default: nil, CloudWatch Logs' own encryption.
	LogKeyARN pulumi.StringInput
	// Migration runs before the service moves to a new revision. Default: none.
	Migration Migration
	// Alarms watch deployments. Default: on for a service with a route.
	Alarms Alarms
	// AWS is how the hooks of a deployment reach ECS and CloudWatch Logs.
	// Default: the region of the stack, with the credentials that the AWS SDK
	// finds in the environment.
	AWS *aws.Config
	// AcceptRollback says why a deployment that ECS rolled back counts as a
	// success. Default: none; each run waits until ECS has decided on the last
	// deployment, and fails unless the service is what was declared.
	AcceptRollback string
	// DeployTimeout is how long a deployment may take until all tasks are new, and
	// how long ECS may then take to decide on it: 5 minutes to 3 hours. Default:
	// 20 minutes.
	DeployTimeout time.Duration
	// Disposable deletes the log with the service. Default: false, the log group
	// stays behind with its name.
	Disposable bool
	// Monitors makes the monitors. Required; monitor.Off has none and says why.
	Monitors monitor.Sink
	// MonitorsOff switches monitors off by ID and says why. Default: all on.
	MonitorsOff map[string]string
}

// Architecture is a processor architecture: ARM64 or X8664.
type Architecture = task.Architecture

// The architectures Fargate has.
const (
	// ARM64 is AWS's Graviton: about a fifth cheaper than X8664 for the same size.
	ARM64 = task.ARM64
	// X8664 is Intel's and AMD's.
	X8664 = task.X8664
)

// HealthCheck is a check that ECS runs inside the container.
type HealthCheck = task.HealthCheck

// Egress is where tasks may connect to, beside what their grants reach.
type Egress = task.Egress

// Destination is a range of addresses that tasks may connect to on one TCP port.
type Destination = task.Destination

// Sidecar is a container beside the service's, in the same task.
type Sidecar = task.Sidecar

// Service is an ECS service.
type Service struct {
	pulumi.ResourceState

	// Name is the name in ECS, known while the program runs.
	Name string
	// ARN is the service's ARN.
	ARN pulumi.StringOutput `pulumi:"arn"`
	// RoleName is the role the containers act as.
	RoleName pulumi.StringOutput `pulumi:"roleName"`
	// SecurityGroupID is the group of the tasks.
	SecurityGroupID pulumi.StringOutput `pulumi:"securityGroupId"`
	// TaskDefinitionARN is the revision that was asked for.
	TaskDefinitionARN pulumi.StringOutput `pulumi:"taskDefinitionArn"`
	// LogGroup is the name of the log group.
	LogGroup string

	name    string
	port    int
	serves  bool
	cluster *cluster.Cluster
}

// New makes a service.
func New(ctx *pulumi.Context, name string, args Args, opts ...pulumi.ResourceOption) (*Service, error) {
	args = args.withDefaults()
	spec := args.spec()
	p, err := args.plan(ctx, name, spec)
	if err != nil {
		return nil, err
	}
	s := &Service{Name: p.service, LogGroup: p.task.LogGroup, name: name, port: args.Port, serves: args.Serve, cluster: args.Cluster}
	if err := ctx.RegisterComponentResource("tenfold:service:Service", name, s, opts...); err != nil {
		return nil, err
	}
	b := &builder{ctx: ctx, name: name, args: args, spec: spec, plan: p, service: s}
	for _, step := range []func() error{b.task, b.route, b.alarms, b.deploy, b.scaling, b.monitors} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, ctx.RegisterResourceOutputs(s, pulumi.Map{
		"name": b.settled(), "arn": s.ARN, "roleName": s.RoleName, "securityGroupId": s.SecurityGroupID,
		"taskDefinitionArn": s.TaskDefinitionARN, "logGroup": pulumi.String(s.LogGroup),
	})
}
