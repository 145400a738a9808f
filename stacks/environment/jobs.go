package environment

import "github.com/tenfold-iac/tenfold/components/job"

func (e *environment) jobs() (err error) {
	for _, name := range sorted(e.config.Jobs) {
		j := e.config.Jobs[name]
		cpu, memory := j.size()
		e.tasks[name], err = job.New(e.ctx, name, job.Args{
			Cluster:          e.compute,
			Network:          e.net.Tasks(),
			Image:            j.Image,
			MutableImage:     !e.config.Production,
			Command:          j.Command,
			CPU:              cpu,
			MemoryMiB:        memory,
			Uses:             e.grants(j.Container, ""),
			Env:              e.env(j.Container),
			User:             j.User,
			WritablePaths:    j.Writable,
			Spot:             j.Spot,
			Schedule:         j.Schedule,
			TimeZone:         j.TimeZone,
			LogRetentionDays: e.settings.LogDays,
			LogKeyARN:        e.logKey.ARN,
			Disposable:       e.disposable(),
			Monitors:         e.monitors,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
