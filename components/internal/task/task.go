package task

import (
	"maps"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/internal/account"
	"github.com/tenfold-iac/tenfold/components/internal/loggroup"
)

// Task is what a task runs as. Its resources are children of the service or job.
type Task struct {
	Here            account.Account
	LogGroup        *cloudwatch.LogGroup
	ExecutionRole   *iam.Role
	Role            *iam.Role
	SecurityGroupID pulumi.StringOutput
	Definition      *ecs.TaskDefinition
	// Before is what has to exist before the first task starts.
	Before []pulumi.Resource

	ctx   *pulumi.Context
	name  string
	owner pulumi.Resource
	spec  Spec
	plan  Plan
	// definition are the options of the task definition.
	definition []pulumi.ResourceOption
}

// Make makes the task of a planned spec as children of the owner. The options are
// those of the task definition.
func Make(ctx *pulumi.Context, name string, owner pulumi.Resource, spec Spec, plan Plan, definition ...pulumi.ResourceOption) (*Task, error) {
	t := &Task{ctx: ctx, name: name, owner: owner, spec: spec, plan: plan, definition: definition}
	t.Before = append(t.Before, spec.Network.After...)
	for _, g := range plan.uses {
		t.Before = append(t.Before, g.After...)
	}
	for _, step := range []func() error{t.locate, t.logs, t.roles, t.firewall, t.define} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Children are the options of a child resource. The caller's options go to the
// component only.
func (t *Task) Children(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append([]pulumi.ResourceOption{pulumi.Parent(t.owner)}, more...)
}

// Needs notes that no task may start before the resource exists.
func (t *Task) Needs(r pulumi.Resource) { t.Before = append(t.Before, r) }

func (t *Task) locate() (err error) {
	t.Here, err = account.Current(t.ctx, t.owner)
	return err
}

func (t *Task) logs() error {
	var err error
	t.LogGroup, err = loggroup.New(t.ctx, t.name, t.owner, loggroup.Args{
		Name: t.plan.LogGroup, Days: t.spec.LogRetentionDays, KeyARN: t.spec.LogKeyARN, Disposable: t.spec.Disposable,
	})
	t.Needs(t.LogGroup)
	return err
}

// define makes the task definition. Revisions are kept when a newer one comes:
// ECS can go back to a revision only while it is active.
func (t *Task) define() error {
	args := &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(t.plan.Family),
		ContainerDefinitions:    definitions(append(t.sidecars(), t.container())...),
		Cpu:                     pulumi.String(strconv.Itoa(t.spec.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(t.spec.MemoryMiB)),
		NetworkMode:             pulumi.String("awsvpc"),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(t.spec.Architecture.name()), OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ExecutionRoleArn: t.ExecutionRole.Arn,
		TaskRoleArn:      t.Role.Arn,
		SkipDestroy:      pulumi.Bool(true),
	}
	if t.spec.StorageGiB > 20 {
		args.EphemeralStorage = ecs.TaskDefinitionEphemeralStorageArgs{SizeInGib: pulumi.Int(t.spec.StorageGiB)}
	}
	if volumes := t.volumes(); len(volumes) > 0 {
		args.Volumes = volumes
	}
	var err error
	t.Definition, err = ecs.NewTaskDefinition(t.ctx, t.name, args, t.Children(t.definition...)...)
	return err
}

// volumes are the writable paths of all containers.
func (t *Task) volumes() ecs.TaskDefinitionVolumeArray {
	var list ecs.TaskDefinitionVolumeArray
	add := func(prefix string, paths []string) {
		for _, path := range paths {
			list = append(list, ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(prefix + volumeName(path))})
		}
	}
	add("", t.plan.writable)
	for _, s := range t.spec.Sidecars {
		add(s.Name+"-", s.WritablePaths)
	}
	return list
}

func (t *Task) container() container {
	s := t.spec
	c := container{
		name: t.name, image: s.Image, command: s.Command, port: s.Port, portName: s.PortName, user: s.User, essential: true, after: s.dependencies(),
		env: map[string]pulumi.StringInput{}, secrets: map[string]access.Secret{},
		writable: t.plan.writable, health: s.HealthCheck, startup: s.StartupTime, stopTimeout: s.StopTimeout,
		logGroup: t.LogGroup.Name, region: t.Here.Region, stream: "task",
	}
	for name, value := range s.Env {
		c.env[name] = value
	}
	for _, g := range t.plan.uses {
		for name, value := range g.Env {
			c.env[name] = value
		}
		maps.Copy(c.secrets, g.Secrets)
	}
	return c
}
