package environment

import (
	"os"
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
	e.tenants, err = tenancy.New(e.ctx, "tenancy", tenancy.Args{
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

// archive is the path of the package. The program runs in the folder of its
// source or wherever the command line was called, both inside the checkout.
func (c *Config) archive() string {
	path := filepath.FromSlash(functionsArchive)
	if c.Tenancy.Archive != "" {
		path = c.Tenancy.Archive
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(projectFolder(), path)
}

// projectFolder is the folder at or above the working directory that holds
// Pulumi.yaml; the working directory itself when none does.
func projectFolder() string {
	start, err := os.Getwd()
	if err != nil {
		return ""
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return start
		}
	}
}
