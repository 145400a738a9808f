package environment

import (
	"path/filepath"
	"time"

	"github.com/tenfold-iac/tenfold/components/tenancy"
)

// functionsArchive is where `make functions` leaves the package of the functions,
// relative to the folder of Pulumi.yaml.
const functionsArchive = "bin/functions/dbmigrate.zip"

// tenancy installs the guard and applies the migrations. It comes before
// everything that uses the database.
func (e *environment) tenancy() (err error) {
	e.tenants, err = tenancy.New(e.ctx, tenancyComponent, tenancy.Args{
		Database:          e.db,
		Network:           e.net.Tasks(),
		Archive:           e.config.archive(),
		Adopting:          e.config.Tenancy.Adopting,
		SharedConcurrency: e.config.Tenancy.SharedConcurrency,
		Audit:             e.config.audit(),
		LogRetentionDays:  e.settings.LogDays,
		LogKeyARN:         e.logKey.ARN,
		Disposable:        e.disposable(),
		Monitors:          e.monitors,
	})
	return err
}

// audit is every hour in production. Elsewhere it is once a day, in the morning,
// because it wakes a database that pauses.
func (c *Config) audit() tenancy.Audit {
	if c.Production {
		return tenancy.Audit{}
	}
	return tenancy.Audit{Schedule: "cron(30 5 * * ? *)", Within: 48 * time.Hour}
}

// archive is the path of the package.
func (c *Config) archive() string {
	if c.Tenancy.Archive != "" {
		return inProject(c.Tenancy.Archive)
	}
	return inProject(filepath.FromSlash(functionsArchive))
}
