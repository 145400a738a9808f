package environment

import (
	"maps"
	"math"
	"slices"
	"time"
)

// leastBackup is how many days the policy pack asks for, in every environment
// (rds-backup-retention): a mistake made on Friday is found on Monday.
const leastBackup = 7

func (c *Config) checkDatabase(p *problems) {
	if !c.Tier.known() {
		return
	}
	s, d := c.settings(), c.Database
	for _, v := range []struct {
		key        string
		acu, least float64
	}{{"minACU", s.MinACU, 0.5}, {"maxACU", s.MaxACU, 1}} {
		if v.key == "minACU" && d.AutoPause != 0 {
			continue
		}
		if v.acu < v.least || v.acu > 256 || math.Mod(v.acu, 0.5) != 0 {
			p.add("tenfold:database."+v.key, "%g is not a capacity; allowed are %g to 256 in steps of 0.5 (a database that pauses has autoPause)", v.acu, v.least)
		}
	}
	if s.MinACU > s.MaxACU {
		p.add("tenfold:database.minACU", "%g is above maxACU %g; lower it or raise maxACU", s.MinACU, s.MaxACU)
	}
	lasts("tenfold:database.autoPause", d.AutoPause, 5*time.Minute, 24*time.Hour, p)
	if d.AutoPause != 0 && c.Production {
		p.add("tenfold:database.autoPause", "makes the first customer after a pause wait about 15 seconds; production does not pause")
	}
	if d.AutoPause != 0 && d.MinACU != nil {
		p.add("tenfold:database.autoPause", "and minACU exclude each other, a database that pauses goes down to nothing; set one of them")
	}
	if given("tenfold:database.maxReaders", d.MaxReaders, p) && (s.Readers < 1 || d.MaxReaders <= s.Readers || d.MaxReaders > 15) {
		p.add("tenfold:database.maxReaders", "%d does not fit %d readers; it needs at least one to start from, and is above their number and at most 15", d.MaxReaders, s.Readers)
	}
	if s.Readers < 0 || s.Readers > 15 {
		p.add("tenfold:database.readers", "%d is out of range; Aurora takes 0 to 15", s.Readers)
	}
	if s.BackupDays < leastBackup || s.BackupDays > 35 {
		p.add("tenfold:database.backupDays", "%d is out of range; allowed are %d to 35", s.BackupDays, leastBackup)
	}
}

func (q Queue) check(key string, p *problems) {
	if q.ProcessingTime < time.Second || q.ProcessingTime > 2*time.Hour || q.ProcessingTime%time.Second != 0 {
		p.add(key+".processingTime", "%s is out of range; allowed are 1s to 2h in whole seconds, because SQS hides a message for 12h at most and six times the processing time is needed", q.ProcessingTime)
	}
	between(key+".maxReceives", q.MaxReceives, 1, 1000, p)
	if given(key+".maxAge", q.MaxAge, p) && (q.MaxAge < time.Minute || q.MaxAge > 2*24*time.Hour) {
		p.add(key+".maxAge", "%s is out of range; allowed are 1m to 48h, half of the time a message is kept", q.MaxAge)
	}
}

func (s Secret) check(key string, p *problems) {
	if s.Description == "" {
		p.add(key+".description", "is empty; say what the secret is for")
	}
	if len(s.Description) > 2048 {
		p.add(key+".description", "has %d characters; AWS takes at most 2048", len(s.Description))
	}
	for _, env := range sorted(s.Env) {
		if !envPattern.MatchString(env) {
			p.add(key+".env."+env, "is not an environment variable; use upper-case letters, digits and underscores")
		}
		if env == environmentVariable {
			p.add(key+".env."+env, "holds the name of the environment in every container; name the variable differently")
		}
		checkSecretKey(key+".env."+env, s.Env[env], p)
	}
	for i, extra := range s.More {
		checkSecretKey(at(key+".keys", i), extra, p)
	}
}

func checkSecretKey(at, key string, p *problems) {
	if !keyPattern.MatchString(key) {
		p.add(at, "%q is not a key of the secret's JSON value; use letters, digits and . _ -", key)
	}
}

// Keys are the keys of the secret's JSON value, each once: those that variables
// take and those that something else does.
func (s Secret) Keys() []string {
	keys := slices.Concat(s.More, slices.Collect(maps.Values(s.Env)))
	slices.Sort(keys)
	return slices.Compact(keys)
}
