package environment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// boundaries lists values on both sides of every limit, and texts that one
// checker might take and another refuse. A key that ends in another one's name is
// of the same kind; the texts are JSON.
var boundaries = map[string][]string{
	"tenfold:domain":     {`"example.com"`, `"a.xn--p1ai"`, `"` + strings.Repeat("a", 63) + `.com"`, `"` + strings.Repeat("a", 64) + `.com"`, `"` + strings.Repeat("a.", 29) + `com"`, `"` + strings.Repeat("a.", 30) + `com"`, `"com"`, `"a_b.com"`, `"-a.com"`},
	"tenfold:zones":      {`["us-east-1a","us-east-1b","us-east-11"]`, `["us-east-1a","us-east-1b","us-east-1c","us-east-1d"]`, `["us-east-1a","us-east-1b","us-east-1c","us-east-1d","us-east-1e"]`, `["us-east-1a","us-east-1a","us-east-1c"]`, `["us-east-1a","us-east-1b","us-east-1A"]`},
	"tenfold:production": {`true`, `false`},
	"tenfold:tier":       {`"mvp"`, `"growth"`, `"scale"`, `""`, `"MVP"`},

	"tenfold:network.cidr":      {`"10.0.0.0/16"`, `"172.31.0.0/16"`, `"172.32.0.0/16"`, `"192.168.0.0/16"`, `"100.64.0.0/16"`, `"100.128.0.0/16"`, `"10.0.0.0/17"`, `"10.0.1.0/16"`, `"fd00::/16"`, `"11.0.0.0/16"`},
	"tenfold:network.nat":       {`"none"`, `"instance"`, `"single"`, `"per-zone"`, `"NONE"`},
	"tenfold:network.ipv6":      {`true`, `false`, `"yes"`},
	"tenfold:network.flowLog":   {`"refused"`, `"all"`, `"none"`},
	"tenfold:network.endpoints": {`["ecr.api","ecr.dkr","logs"]`, `["ecr.api","ecr-api"]`, `["s3"]`, `["dynamodb"]`, `["com.amazonaws.x"]`, `["logs","logs"]`, `["Logs"]`, `["."]`, `["ecr"]`, `["logs.us-east-1.amazonaws.com"]`, `["sts","kms"]`},

	"tenfold:edge.waf":                 {`"none"`, `"count"`, `"block"`, `"on"`},
	"tenfold:edge.requestsPer5Minutes": {`99`, `100`, `2000000`, `2000001`, `-1`},
	"tenfold:edge.idleTimeout":         {`"1s"`, `"4000s"`, `"4001s"`, `"1500ms"`, `"-1s"`},

	"tenfold:alerts.team":     {`"platform"`, `"a:b"`, `""`, `"Platform"`},
	"tenfold:alerts.page":     {`["@a"]`, `["@a@example.com"]`, `["@a@b@c"]`, `["@"]`, `["@a b"]`, `["@a{b}"]`, `[]`, `["@@"]`},
	"tenfold:alerts.notify":   {`["@a"]`, `["@a@"]`},
	"tenfold:alerts.runbooks": {`"https://example.com/runbooks"`, `"http://example.com"`, `"docs"`},
	"tenfold:alerts.off":      {`{"sqs-age":"it is known and looked at"}`, `{"jobs/sqs-age":"it is known and looked at"}`, `{"two/ecs-pending":"it is known and looked at"}`, `{"prx-auth":"it is known and looked at"}`, `{"none/sqs-age":"it is known and looked at"}`, `{"jobs/ecs-pending":"it is known and looked at"}`, `{"sqs-age":" "}`, `{"jobs/":"it is known and looked at"}`},

	"tenfold:database.minACU":           {`0`, `0.5`, `0.7`, `16`, `16.5`, `256`, `256.5`},
	"tenfold:database.maxACU":           {`0.5`, `1`, `1.25`, `256`, `257`, `-1`},
	"tenfold:database.autoPause":        {`"5m"`, `"24h"`, `"24h1s"`, `"299s"`, `"300500ms"`},
	"tenfold:database.readers":          {`-1`, `0`, `1`, `15`, `16`},
	"tenfold:database.maxReaders":       {`1`, `2`, `15`, `16`, `-1`},
	"tenfold:database.backupDays":       {`0`, `1`, `6`, `7`, `35`, `36`},
	"tenfold:database.ioOptimized":      {`true`},
	"tenfold:database.advancedInsights": {`true`},

	"tenfold:tenancy.archive":           {`"stacks/environment/testdata/dbmigrate.zip"`, `"nowhere.zip"`, `"Pulumi.yaml"`},
	"tenfold:tenancy.adopting":          {`true`},
	"tenfold:tenancy.sharedConcurrency": {`true`},

	"tenfold:queues.mail":                 {`{"processingTime":"1s"}`, `{}`},
	"tenfold:queues.jobs-dead":            {`{"processingTime":"1s"}`},
	"tenfold:queues.tenancy-audit-failed": {`{"processingTime":"1s"}`},
	"tenfold:queues.jobs.processingTime":  {`"1s"`, `"1500ms"`, `"999ms"`, `"2h"`, `"2h1s"`, `"-1s"`},
	"tenfold:queues.jobs.maxReceives":     {`1`, `1000`, `1001`, `-1`},
	"tenfold:queues.jobs.maxAge":          {`"59s"`, `"1m"`, `"48h"`, `"48h1s"`},
	"tenfold:queues.jobs.fifo":            {`true`},

	"tenfold:secrets.billing.description": {`""`, `"` + strings.Repeat("x", 2048) + `"`, `"` + strings.Repeat("x", 2049) + `"`},
	"tenfold:secrets.billing.env":         {`{}`, `{"A":"a"}`, `{"ENVIRONMENT":"a"}`, `{"a":"a"}`, `{"A":""}`, `{"A":"a:b"}`},
	"tenfold:secrets.billing.keys":        {`["a","b.c-d_e"]`, `["a b"]`, `[""]`},

	"tenfold:registries.web":               {`{}`},
	"tenfold:registries.web.keepImages":    {`9`, `10`, `10000`, `10001`},
	"tenfold:registries.web.untaggedDays":  {`1`, `365`, `366`, `-1`},
	"tenfold:registries.web.pullAccounts":  {`["210987654321"]`, `["1"]`, `["210987654321","210987654321"]`, `[210987654321]`},
	"tenfold:imageCaches.ext.upstream":     {`"ecr-public"`, `"kubernetes"`, `"quay"`, `"docker-hub"`, `"github"`, `"gitlab"`, `"azure"`, `"harbor"`, `""`},
	"tenfold:imageCaches.ext":              {`{}`, `{"upstream":"azure","azureHost":"example.azurecr.io"}`, `{"upstream":"quay","azureHost":"example.azurecr.io"}`, `{"upstream":"azure","azureHost":"x","credential":"` + credential + `"}`, `{"upstream":"azure","azureHost":"example.azurecr.io","credential":"` + credential + `"}`, `{"upstream":"github","credential":"` + credential + `"}`, `{"upstream":"github","credential":"arn"}`, `{"upstream":"quay","untaggedDays":3650,"keepImages":10}`, `{"upstream":"quay","untaggedDays":3651}`, `{"upstream":"quay","keepImages":9}`, `{"upstream":"quay","tags":{"a":"b"}}`, `{"upstream":"quay","tags":{"aws:a":"b"}}`, `{"upstream":"quay","tags":{"a":"b|c"}}`},
	"tenfold:imageCaches.a-b-c-d-e-f-g-hi": {`{"upstream":"quay"}`},
}

const credential = "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"

// container lists the boundaries of what services and jobs have in common.
var container = map[string][]string{
	"image":        {`"repository:1"`, `"repository:latest"`, `"latest:1"`, `"repository"`, `"repository:1@sha256:00"`, `"Repository:1"`, `"repository:.a"`, `"` + digestImage + `"`, `"r@sha256:` + strings.Repeat("0", 64) + `"`, `"r:1@sha256:` + strings.Repeat("0", 64) + `"`},
	"command":      {`["a","b"]`, `[]`, `"a"`},
	"architecture": {`"arm64"`, `"x86_64"`, `"amd64"`},
	"cpu":          {`256`, `512`, `8192`, `16384`, `32768`, `-256`, `300`},
	"memory":       {`512`, `1024`, `2048`, `3072`, `513`, `-1`},
	"storage":      {`19`, `20`, `21`, `200`, `201`},
	"stop":         {`"1s"`, `"30s"`, `"31s"`, `"2m"`, `"121s"`, `"1500ms"`, `"-1s"`},
	"user":         {`"1000"`, `"1000:1000"`, `"0"`, `"00"`, `"01"`, `"1:0"`, `"999999999"`, `"1000000000"`, `"root"`},
	"writable":     {`["/tmp"]`, `["/tmp","/tmp"]`, `["/a/b","/a-b"]`, `["/a.b","/a_b"]`, `["tmp"]`, `["/"]`, `["/a~"]`, `["/managed-agents"]`, `["/tmp/"]`, `["/.."]`, `["/a/.."]`, `["/a/./b"]`, `["/a/..b"]`, `["/proc"]`, `["/proc/1"]`, `["/dev/shm"]`, `["/devices"]`},
	"env":          {`{"A":"b"}`, `{"ENVIRONMENT":"x"}`, `{"A-B":"c"}`, `{"1A":"c"}`, `{"A_TOKEN":"c"}`, `{"A_KEY":"c"}`, `{"ACCESS_KEY":"c"}`, `{"A":"https://user@example.com"}`, `{"A":"https://user:planted@example.com"}`, `{"DB_HOST":"x"}`},
	"uses":         {`["database","database:read"]`, `["database","database"]`, `["queue:jobs:send"]`, `["queue:jobs:send","queue:jobs:consume"]`, `["queue:none:send"]`, `["secret:billing","secret:identity"]`, `["cache:none"]`, `["secret:none"]`, `["x"]`},
	"egress":       {`{"private":true}`, `{"also":[{"port":22,"cidr":"203.0.113.0/24","why":"the partner"}]}`, `{"also":[{"port":0,"cidr":"203.0.113.0/24","why":"the partner"}]}`, `{"also":[{"port":22,"cidr":"203.0.113.1/24","why":"the partner"}]}`, `{"also":[{"port":22,"cidr":"::ffff:203.0.113.0/120","why":"the partner"}]}`, `{"also":[{"port":22,"cidr":"2001:db8::/32","why":"the partner"}]}`, `{"also":[{"port":443,"cidr":"203.0.113.0/24","why":"the partner"}]}`, `{"private":true,"also":[{"port":443,"cidr":"10.0.0.0/16","why":"the network"}]}`, `{"private":true,"also":[{"port":443,"cidr":"10.0.0.0/15","why":"more"}]}`, `{"private":true,"also":[{"port":22,"cidr":"10.0.0.0/16","why":"the network"}]}`, `{"also":[{"port":22,"cidr":"203.0.113.0/24"}]}`, `{"also":[{"port":22,"cidr":"203.0.113.0/24","why":"über"}]}`, `{"also":[{"port":22,"cidr":"203.0.113.0/24","why":"a"},{"port":22,"cidr":"203.0.113.0/24","why":"b"}]}`, `{"also":[{"port":65536,"cidr":"203.0.113.0/24","why":"a"}]}`, `{"also":[{"port":22,"cidr":"x","why":"a"}]}`},
}

// ofServices lists the boundaries of what services alone have.
var ofServices = map[string][]string{
	"port":                 {`0`, `1`, `65535`, `65536`, `-1`},
	"host":                 {`"@"`, `"*"`, `"a"`, `""`, `"a-"`, `"a.b"`, `"` + strings.Repeat("a", 63) + `"`, `"` + strings.Repeat("a", 64) + `"`, `"A"`},
	"path":                 {`"/a"`, `"/"`, `"/a/"`, `"/a/b/c/d"`, `"/a/b/c/d/e"`, `"/a/../b"`, `"/a/.b"`, `"/*"`, `"/` + strings.Repeat("a", 125) + `"`, `"/` + strings.Repeat("a", 126) + `"`, `"/a~b"`},
	"probe":                {`1`, `9`, `10`, `-1`},
	"health":               {`"/"`, `"/a/b"`, `"/up?x=1"`, `"/?a=b&c=%20+@:~_-.d/e?f"`, `"/up?x=%2"`, `"/up?x={y}"`, `"/up#x"`, `"/?` + strings.Repeat("a", 1022) + `"`, `"/?` + strings.Repeat("a", 1023) + `"`, `"a"`, `"/a b"`, `"/` + strings.Repeat("a", 1023) + `"`, `"/` + strings.Repeat("a", 1024) + `"`, `{"path":"/a","interval":"5s"}`, `{"interval":"5m","timeout":"2m","retries":10}`, `{"interval":"301s"}`, `{"interval":"5s","timeout":"5s"}`, `{"interval":"6s","timeout":"5s"}`, `{"interval":"5s","timeout":"4s"}`, `{"timeout":"10s"}`, `{"timeout":"1s"}`, `{"retries":1}`, `{"retries":2}`, `{"retries":11}`, `1`},
	"login":                {login, strings.Replace(login, `"client"`, `""`, 1), strings.Replace(login, "https://id.example.com/token", "http://id.example.com/token", 1), strings.Replace(login, "com/token", "com:443/token", 1), strings.Replace(login, "com/token", "com:8443/token", 1), strings.Replace(login, "com/authorize", "com:8443/authorize?prompt=login", 1), strings.Replace(login, "id.example.com/me", "id/me", 1), strings.Replace(login, "com/me", "com/me#x", 1), strings.Replace(login, "planted_key", "none", 1), strings.Replace(login, `"client","key"`, `"none","key"`, 1), strings.Replace(login, `"1m"`, `"59s"`, 1), strings.Replace(login, `"1m"`, `"168h"`, 1), strings.Replace(login, `"1m"`, `"168h1s"`, 1), `{"scope":"openid"}`},
	"serve":                {`true`, `false`},
	"calls":                {`["one"]`, `["two"]`, `["none"]`, `[]`},
	"queue":                {`"jobs"`, `"none"`, `""`},
	"startup":              {`"1s"`, `"1124s"`, `"1125s"`, `"1154s"`, `"1155s"`, `"30m"`, `"1801s"`, `"500ms"`},
	"check":                {`{"command":["CMD","/ready"]}`, `{"command":["CMD-SHELL","exit 0"],"interval":"5s","timeout":"2s","retries":1}`, `{"command":["CMD","/ready"],"interval":"5m","timeout":"1m","retries":10}`, `{"command":["CMD"]}`, `{"command":["/ready","x"]}`, `{"interval":"5s"}`, `{"command":["CMD","/ready"],"interval":"4s"}`, `{"command":["CMD","/ready"],"timeout":"61s"}`, `{"command":["CMD","/ready"],"retries":11}`},
	"scaling":              {`{"min":1}`, `{"min":1,"max":1}`, `{"min":5000,"max":5000}`, `{"min":1251}`, `{"min":1,"max":5001}`, `{"min":2,"max":1}`, `{"min":-1}`, `{"cpu":10}`, `{"cpu":9}`, `{"cpu":90}`, `{"cpu":91}`, `{"memory":10}`, `{"memory":95}`, `{"requests":1}`, `{"requests":-1}`, `{"latency":"1m","perMessage":"1s"}`, `{"latency":"1m","perMessage":"61s"}`, `{"latency":"1s"}`, `{"perMessage":"1s"}`, `{"latency":"500ms","perMessage":"100ms"}`, `{"latency":"-1s","perMessage":"-1s"}`},
	"scaling.sleep":        {`{"stop":"20:00","start":"07:00"}`, `{"stop":"20:00","start":"7:00"}`, `{"stop":"24:00","start":"07:00"}`, `{"stop":"20:00"}`, `{"start":"07:00"}`, `{"stop":"20:00","start":"20:00"}`, `{"stop":"20:00","start":"07:00","timeZone":"Europe/Berlin"}`, `{"stop":"20:00","start":"07:00","timeZone":"Local"}`, `{"stop":"20:00","start":"07:00","timeZone":"CET+1"}`},
	"scaling.schedules":    schedules(`"cron(0 7 * * ? *)"`, `"cron(0 7 * * * *)"`, `"cron(0 7 ? * ? *)"`, `"cron(0 7 * * ?)"`, `"cron(0 7 * * ? * *)"`, `"cron(a 7 * * ? *)"`, `"cron(0 7 ? * MON-FRI *)"`, `"rate(1 hour)"`, `"rate(1 hours)"`, `"rate(2 hour)"`, `"rate(2 hours)"`, `"rate(0 hours)"`, `"cron(0 24 * * ? *)"`, `"cron(0 7 L * ? *)"`, `"cron(0 7 ? * 8 *)"`, `"at(2026-01-01T00:00:00)"`, `""`, `"cron((0) 7 * * ? *)"`, `"cron(0 7 30 2 ? *)"`, `"cron(0 7 29 2 ? *)"`),
	"spot":                 {`0`, `1`, `50`, `51`, `99`, `100`, `101`, `-1`},
	"sidecars":             sidecars(`{}`, `{"user":"0"}`, `{"user":"1000"}`, `{"memory":5}`, `{"memory":6}`, `{"memory":511}`, `{"memory":512}`, `{"memory":-1}`, `{"writable":["/tmp"]}`, `{"writable":["tmp"]}`, `{"writable":["/a","/a"]}`, `{"check":{"command":["CMD","/ready"]}}`, `{"check":{"command":["/ready"]}}`, `{"essential":true}`, `{"first":true}`, `{"env":{"A":"b"}}`, `{"env":{"a":"b"}}`, `{"env":{"A_TOKEN":"b"}}`, `{"uses":["secret:billing"]}`, `{"uses":["secret:billing","secret:billing"]}`, `{"uses":["database"]}`, `{"uses":["secret:none"]}`, `{"uses":["secret:billing"],"env":{"STRIPE_SECRET_KEY":"x"}}`, `{"image":"repository"}`, `{"command":["a"]}`),
	"shell":                {`true`, `false`},
	"migration":            {`{"command":["migrate"]}`, `{"command":["migrate"],"timeout":"1m"}`, `{"command":["migrate"],"timeout":"59s"}`, `{"command":["migrate"],"timeout":"2h"}`, `{"command":["migrate"],"timeout":"7201s"}`, `{"timeout":"1m"}`, `{"off":"the table is locked by an import"}`, `{"command":["migrate"],"off":"the table is locked by an import"}`, `{"command":["migrate"],"off":" "}`},
	"alarms":               {`{"errors":1}`, `{"errors":100}`, `{"errors":101}`, `{"errors":-1}`, `{"latency":"10ms"}`, `{"latency":"9ms"}`, `{"latency":"1m"}`, `{"latency":"61s"}`, `{"minRequests":1}`, `{"minRequests":-1}`, `{"off":"the route goes away next"}`, `{"off":" "}`},
	"acceptRollback":       {`"a rehearsal of going back"`, `"x"`, `" "`},
	"deployTimeout":        {`"5m"`, `"299s"`, `"3h"`, `"10801s"`, `"300500ms"`},
	"sidecars.one":         {`{"image":"` + digestImage + `"}`},
	"sidecars.Agent":       {`{"image":"` + digestImage + `"}`},
	"sidecars.a-b.image":   {`"` + digestImage + `"`},
	"scaling.sleep.never":  {`true`},
	"sidecars.agent.check": {`{"command":["CMD","/ready"],"interval":"5s"}`},
}

const login = `{"issuer":"https://id.example.com","authorizationURL":"https://id.example.com/authorize","tokenURL":"https://id.example.com/token","userInfoURL":"https://id.example.com/me","clientID":"client","secret":"client","key":"planted_key","session":"1m"}`

// ofJobs lists the boundaries of what jobs alone have. All but the first are
// tried on a job with a schedule as well as on one without.
var ofJobs = map[string][]string{
	"schedule": {`"cron(0 3 * * ? *)"`, `"rate(1 hour)"`, `"rate(1 hours)"`, `"daily"`},
	"timeZone": {`"Europe/Berlin"`, `"UTC"`, `"Local"`, `"Berlin"`, `""`},
	"window":   {`"1m"`, `"24h"`, `"24h1m"`, `"90s"`, `"-1m"`},
	"retries":  {`0`, `1`, `185`, `186`, `-1`},
	"maxDelay": {`"1m"`, `"59s"`, `"24h"`, `"86401s"`},
	"overlap":  {`true`, `false`},
	"timeout":  {`"1m"`, `"59s"`, `"168h"`, `"604801s"`},
	"paused":   {`"the partner is down until Monday"`, `"x"`},
	"spot":     {`true`, `1`},
}

// schedules makes schedules that differ in their time, and some that differ in
// the rest.
func schedules(ats ...string) []string {
	made := []string{
		`[{"name":"a","at":"rate(1 day)","max":1},{"name":"a","at":"rate(1 day)","max":1}]`, `[{"name":"sleep","at":"rate(1 day)","max":1}]`,
		`[{"name":"A","at":"rate(1 day)","max":1}]`, `[{"name":"a","at":"rate(1 day)","min":2,"max":1}]`, `[{"name":"a","at":"rate(1 day)","min":3,"max":5000}]`,
		`[{"name":"a","at":"rate(1 day)","min":3,"max":5001}]`, `[{"name":"a","at":"rate(1 day)","min":-1,"max":1}]`,
		`[{"name":"a","at":"rate(1 day)","min":3,"max":3,"timeZone":"Berlin"}]`, `[{"name":"a","at":"rate(1 day)"}]`,
	}
	for _, at := range ats {
		made = append(made, `[{"name":"a","at":`+at+`,"min":3,"max":6}]`)
	}
	return made
}

// sidecars makes sidecars that differ in one thing.
func sidecars(changes ...string) []string {
	var made []string
	for _, change := range changes {
		all := `{"image":"` + digestImage + `",` + strings.TrimPrefix(change, "{")
		if strings.Contains(change, `"image"`) {
			all = change
		}
		made = append(made, `{"agent":`+strings.Replace(all, ",}", "}", 1)+`}`)
	}
	return made
}

// What a component refuses is found before anything is made. So whatever Load
// takes has to come up: each value near a limit, in and out of production, is
// either refused when the file is read or deployed.
func TestWhatIsReadIsDeployed(t *testing.T) {
	try := map[string][]string{}
	for key, values := range boundaries {
		try[key] = values
	}
	for key, values := range container {
		try["tenfold:services.one."+key], try["tenfold:services.two."+key], try["tenfold:jobs.report."+key] = values, values, values
	}
	for key, values := range ofServices {
		try["tenfold:services.one."+key], try["tenfold:services.two."+key] = values, values
	}
	for key, values := range ofJobs {
		try["tenfold:jobs.report."+key], try["tenfold:jobs.clock."+key] = values, values
	}
	accepted, refused := 0, 0
	for _, stack := range []string{"dev", "prod"} {
		for _, key := range sorted(try) {
			for _, value := range try[key] {
				if stack == "prod" && (strings.HasPrefix(key, "tenfold:jobs.report") || strings.HasPrefix(key, "tenfold:services.two")) {
					continue // dev has tried them, and production adds nothing
				}
				values := small(t, stack)
				set(t, values, "tenfold:secrets.client", `{"description":"the client","keys":["planted_key"]}`)
				set(t, values, "tenfold:jobs", fmt.Sprintf(`{"report":{"image":%q},"clock":{"image":%q,"schedule":"cron(0 3 * * ? *)"}}`, digestImage, digestImage))
				set(t, values, key, value)
				if _, err := load(t, stack, values); err != nil {
					refused++
					continue
				}
				accepted++
				_, err := componenttest.Record(Deploy, componenttest.WithStack(stack), componenttest.WithConfig(values))
				assert.NoError(t, err, "%s: %s: %s", stack, key, value)
			}
		}
	}
	assert.Greater(t, accepted, 400)
	assert.Greater(t, refused, 400)
}
