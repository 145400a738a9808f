package service

import (
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// task makes the task definition. Revisions are kept when a newer one comes: ECS
// can go back to a revision only while it is active.
func (b *builder) task() error {
	args := &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(b.plan.family),
		ContainerDefinitions:    definitions(b.container()),
		Cpu:                     pulumi.String(strconv.Itoa(b.args.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(b.args.MemoryMiB)),
		NetworkMode:             pulumi.String("awsvpc"),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		RuntimePlatform: ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture: pulumi.String(b.args.Architecture.name()), OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ExecutionRoleArn: b.executionRole.Arn,
		TaskRoleArn:      b.taskRole.Arn,
		SkipDestroy:      pulumi.Bool(true),
	}
	if b.args.StorageGiB > 20 {
		args.EphemeralStorage = ecs.TaskDefinitionEphemeralStorageArgs{SizeInGib: pulumi.Int(b.args.StorageGiB)}
	}
	var volumes ecs.TaskDefinitionVolumeArray
	for _, path := range b.plan.writable {
		volumes = append(volumes, ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(volumeName(path))})
	}
	if len(volumes) > 0 {
		args.Volumes = volumes
	}
	var err error
	b.definition, err = ecs.NewTaskDefinition(b.ctx, b.name, args, b.children()...)
	if err != nil {
		return err
	}
	b.service.TaskDefinitionARN = b.definition.Arn
	return nil
}

func (b *builder) container() container {
	c := container{
		name: b.name, image: b.args.Image, command: b.args.Command, port: b.args.Port, user: b.args.User,
		env: map[string]pulumi.StringInput{}, secrets: map[string]pulumi.StringInput{},
		writable: b.plan.writable, health: b.args.HealthCheck, startup: b.args.StartupTime, stopTimeout: b.args.StopTimeout,
		logGroup: b.logGroup.Name, region: b.here.Region, stream: "task",
	}
	for name, value := range b.args.Env {
		c.env[name] = value
	}
	for _, g := range b.plan.uses {
		for name, value := range g.Env {
			c.env[name] = value
		}
		for name, secret := range g.Secrets {
			c.secrets[name] = secret.ValueFrom
		}
	}
	return c
}
