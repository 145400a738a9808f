package environment

import "github.com/tenfold-iac/tenfold/components/job"

func (e *environment) jobs() (err error) {
	for _, name := range sorted(e.config.Jobs) {
		e.tasks[name], err = job.New(e.ctx, name, e.job(e.config.Jobs[name]))
		if err != nil {
			return err
		}
	}
	return nil
}

// job turns what the file says about a job into its arguments.
func (e *environment) job(j Job) job.Args {
	cpu, memory := j.size()
	args := job.Args{
		Cluster:          e.compute,
		Network:          e.net.Tasks(),
		Image:            j.Image,
		MutableImage:     !e.config.Production,
		Command:          j.Command,
		Architecture:     architectures[j.Architecture],
		CPU:              cpu,
		MemoryMiB:        memory,
		StorageGiB:       j.Storage,
		StopTimeout:      j.Stop,
		Uses:             e.grants(uses(j.Container, "", nil)),
		Egress:           j.Egress.component(),
		Env:              e.env(j.Container),
		User:             j.User,
		WritablePaths:    j.Writable,
		Spot:             j.Spot,
		Schedule:         j.Schedule,
		TimeZone:         j.TimeZone,
		Window:           j.Window,
		MaxDelay:         j.MaxDelay,
		Overlap:          j.Overlap,
		Timeout:          j.Timeout,
		Paused:           j.Paused,
		LogRetentionDays: e.settings.LogDays,
		LogKeyARN:        e.logKey.ARN,
		Disposable:       e.disposable(),
		Monitors:         e.monitors,
	}
	if r := j.Retries; r != nil {
		args.Retries = *r
		if *r == 0 {
			args.Retries = job.NoRetry
		}
	}
	return args
}
