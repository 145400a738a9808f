package environment

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// stackConfig reads the shipped file of a stack the way Pulumi passes it to the
// program: plain values as text, structured ones as JSON.
func stackConfig(t testing.TB, stack string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi."+stack+".yaml"))
	require.NoError(t, err)
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	values := map[string]string{}
	for key, value := range file.Config {
		if s, ok := value.(string); ok {
			values[key] = s
			continue
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		values[key] = string(encoded)
	}
	// A small file stands for the package that `make functions` builds.
	values["tenfold:tenancy"] = `{"archive":"stacks/environment/testdata/dbmigrate.zip"}`
	return values
}

func load(t testing.TB, stack string, values map[string]string) (*Config, error) {
	t.Helper()
	var loaded *Config
	inventory, err := componenttest.Record(func(ctx *pulumi.Context) (err error) {
		loaded, err = Load(ctx)
		return err
	}, componenttest.WithStack(stack), componenttest.WithConfig(values))
	for _, r := range inventory.Resources {
		assert.Equal(t, "pulumi:pulumi:Stack", r.Type, "nothing is registered while the configuration is read")
	}
	return loaded, err
}

func TestTheShippedEnvironmentsAreValid(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		c, err := load(t, stack, stackConfig(t, stack))
		require.NoError(t, err, stack)
		assert.Equal(t, stack == "prod", c.Production)
		assert.Equal(t, []string{"api", "web", "worker"}, sorted(c.Services))
	}
}

func TestEveryProblemOfABadFileIsListedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		key, value string
		want       []string
	}{
		"nothing known": {"tenfold:tier", "huge", []string{`tenfold:tier: "huge" is not a tier; allowed are mvp, growth and scale`}},
		"place": {"tenfold:zones", `["eu-west-1a","us-east-1b","us-east-1b"]`, []string{
			`tenfold:zones: "eu-west-1a" is not an availability zone of us-east-1; name one such as us-east-1a`,
			`tenfold:zones: "us-east-1b" is named twice`,
		}},
		"two zones":     {"tenfold:zones", `["us-east-1a","us-east-1b"]`, []string{"tenfold:zones: has 2 availability zones; name three"}},
		"domain":        {"tenfold:domain", "Example", []string{`tenfold:domain: "Example" is not a domain name`}},
		"zone":          {"tenfold:hostedZone", "example.org", []string{`tenfold:hostedZone: "example.org" cannot hold records of example.com`}},
		"region":        {"aws:region", "", []string{`aws:region: "" is not an AWS region`}},
		"public tasks":  {"tenfold:network", `{"nat":"none"}`, []string{"tenfold:network.nat: none gives tasks public addresses, which production refuses"}},
		"network":       {"tenfold:network", `{"cidr":"10.0.0.0/8","nat":"two","dns":1}`, []string{`tenfold:network.cidr: "10.0.0.0/8" is not a private /16`, `tenfold:network.nat: "two" is not a way out`, "tenfold:network.dns: is not known; allowed are cidr, endpoints, flowLog, ipv6, nat"}},
		"alerts":        {"tenfold:alerts", `{"team":"A B","page":["pagerduty"],"off":{"sqs-age":"no"}}`, []string{`tenfold:alerts.team: "A B"`, `tenfold:alerts.page: "pagerduty" is not a Datadog handle`, "tenfold:alerts.notify: is empty", "tenfold:alerts.off.sqs-age:"}},
		"production":    {"tenfold:production", `"maybe"`, []string{`tenfold:production: "maybe" is not true or false`}},
		"database":      {"tenfold:database", `{"minACU":0.7,"maxACU":0.3,"autoPause":"1m","readers":16,"backupDays":3}`, []string{"tenfold:database.maxACU: 0.3 is not a capacity; allowed are 1 to 256", "tenfold:database.autoPause: 1m0s is out of range", "tenfold:database.autoPause: makes the first customer after a pause wait", "tenfold:database.autoPause: and minACU exclude each other", "tenfold:database.readers: 16", "tenfold:database.backupDays: 3 is out of range; allowed are 7 to 35"}},
		"capacity":      {"tenfold:database", `{"minACU":0}`, []string{"tenfold:database.minACU: 0 is not a capacity; allowed are 0.5 to 256"}},
		"more readers":  {"tenfold:database", `{"maxReaders":1}`, []string{"tenfold:database.maxReaders: 1 does not fit 1 readers"}},
		"order":         {"tenfold:database", `{"minACU":20}`, []string{"tenfold:database.minACU: 20 is above maxACU 16"}},
		"queues":        {"tenfold:queues", `{"Jobs":{"processingTime":"3h","maxReceives":2000,"maxAge":"200h"},"jobs":{"processingTime":5}}`, []string{`tenfold:queues.Jobs: "Jobs" is not a name`, "tenfold:queues.Jobs.processingTime: 3h0m0s is out of range", "tenfold:queues.Jobs.maxReceives: 2000", "tenfold:queues.Jobs.maxAge: 200h0m0s", "tenfold:queues.jobs.processingTime: 5 is not a duration"}},
		"secrets":       {"tenfold:secrets", `{"billing":{"env":{"stripe":"a b"}},"identity":{"description":"d"}}`, []string{"tenfold:secrets.billing.description: is empty", "tenfold:secrets.billing.env.stripe: is not an environment variable", `tenfold:secrets.billing.env.stripe: "a b" is not a key`}},
		"no services":   {"tenfold:services", `{}`, []string{"tenfold:services: is empty"}},
		"not a mapping": {"tenfold:services", `[1]`, []string{"tenfold:services: [1] is not a mapping"}},
	} {
		t.Run(name, func(t *testing.T) {
			values := maps.Clone(stackConfig(t, "prod"))
			values[c.key] = c.value
			_, err := load(t, "prod", values)
			require.Error(t, err)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}
}

func TestEveryProblemOfAServiceIsListed(t *testing.T) {
	const digest = "repository@sha256:0000000000000000000000000000000000000000000000000000000000000001"
	for name, c := range map[string]struct {
		service string
		want    []string
	}{
		"unknown key":     {`{"image":"` + digest + `","queue":"jobs","imge":"x"}`, []string{"one.imge: is not known; allowed are acceptRollback, alarms,"}},
		"types":           {`{"image":1,"port":"80","uses":"database","scaling":3,"health":4}`, []string{"one.health: 4 is not text, or a mapping of keys to values", "one.image: 1 is not text; put it in quotes", `one.port: "80" is not a whole number`, `one.uses: "database" is not a list`, "one.scaling: 3 is not a mapping"}},
		"no purpose":      {`{"image":"` + digest + `"}`, []string{"one: has neither a port nor a queue"}},
		"moving tag":      {`{"image":"repository:main","queue":"jobs"}`, []string{`one.image: "repository:main" is not pinned; production runs`}},
		"unreachable":     {`{"image":"` + digest + `","port":8080}`, []string{"one.host: is empty, so nothing could reach port 8080"}},
		"no port":         {`{"image":"` + digest + `","queue":"jobs","host":"x"}`, []string{"one.port: is missing"}},
		"route":           {`{"image":"` + digest + `","port":70000,"host":"a.b","path":"/x/*","health":"up","scaling":{"min":2}}`, []string{"one.port: 70000", `one.host: "a.b" is not one label`, `one.path: "/x/*" is not a path prefix`, `one.health: "up" is not a path`}},
		"queue":           {`{"image":"` + digest + `","queue":"mail"}`, []string{`one.queue: "mail" is not declared; declare it under tenfold:queues (there are: jobs)`}},
		"cpu":             {`{"image":"` + digest + `","queue":"jobs","cpu":300}`, []string{"one.cpu: 300 is not a Fargate size"}},
		"memory":          {`{"image":"` + digest + `","queue":"jobs","cpu":8192,"memory":17000}`, []string{"one.memory: 17000 MiB does not go with 8192 CPU units; allowed are 16384 to 61440 in steps of 4096"}},
		"small memory":    {`{"image":"` + digest + `","queue":"jobs","cpu":256,"memory":777}`, []string{"one.memory: 777 MiB does not go with 256 CPU units; allowed are 512, 1024 and 2048"}},
		"scaling":         {`{"image":"` + digest + `","port":80,"host":"one","scaling":{"min":1,"max":0,"cpu":95}}`, []string{"one.scaling.cpu: 95 is out of range", "one.scaling.min: 1 is too few for tier growth in production"}},
		"measures":        {`{"image":"` + digest + `","queue":"jobs","scaling":{"memory":5,"requests":3,"latency":"1h","perMessage":"1s","sleep":{"stop":"8pm","start":"07:00","timeZone":"Berlin"}}}`, []string{"one.scaling.memory: 5 is out of range", "one.scaling.requests: 3 does not fit", "one.scaling.latency: 1h0m0s is above the maxAge 5m0s", "one.scaling.sleep: stops every task at night", `one.scaling.sleep.stop: "8pm" is not a time of day`, `one.scaling.sleep.timeZone: "Berlin" is not a time zone`}},
		"half a backlog":  {`{"image":"` + digest + `","queue":"jobs","scaling":{"latency":"1m"}}`, []string{"one.scaling.latency: 1m0s and perMessage 0s do not fit"}},
		"no backlog":      {`{"image":"` + digest + `","port":80,"host":"one","scaling":{"latency":"1m","perMessage":"1s"}}`, []string{"one.scaling.latency: needs the queue whose messages wait"}},
		"negative":        {`{"image":"` + digest + `","queue":"jobs","scaling":{"min":5,"max":2}}`, []string{"one.scaling: min 5 and max 2 do not fit"}},
		"spot-only web":   {`{"image":"` + digest + `","port":80,"host":"one","scaling":{"min":2},"spot":100}`, []string{"one.spot: 100 lets AWS take every task"}},
		"user":            {`{"image":"` + digest + `","queue":"jobs","user":"0:0","writable":["tmp"]}`, []string{`one.user: "0:0" is not a user other than root`, `one.writable[0]: "tmp" is not an absolute directory`}},
		"secret in clear": {`{"image":"` + digest + `","queue":"jobs","env":{"API_TOKEN":"x","lower":"y"}}`, []string{"one.env.API_TOKEN: looks like a secret", "one.env.lower: is not an environment variable"}},
		"uses":            {`{"image":"` + digest + `","queue":"jobs","uses":["db","queue:mail:send","secret:none","database","database","queue:jobs:consume"]}`, []string{`one.uses[0]: "db" is not something to use`, `one.uses[1]: queue "mail" is not declared`, `one.uses[2]: secret "none" is not declared`, `one.uses[4]: "database" is given twice`, `one.uses[5]: "queue:jobs:consume" is given twice`}},
	} {
		t.Run(name, func(t *testing.T) {
			values := maps.Clone(stackConfig(t, "prod"))
			values["tenfold:services"] = `{"one":` + c.service + `}`
			_, err := load(t, "prod", values)
			require.Error(t, err)
			for _, want := range c.want {
				assert.ErrorContains(t, err, "tenfold:services."+want)
			}
		})
	}
}

func TestEveryProblemOfAJobIsListed(t *testing.T) {
	values := maps.Clone(stackConfig(t, "prod"))
	values["tenfold:jobs"] = `{"web":{"image":"repository:1","cpu":3,"schedule":"daily","timeZone":"Berlin","uses":["db"]},"report":{"image":"repository:1","schedule":"rate(1 hour)","timeZone":"Europe/Berlin"}}`
	_, err := load(t, "prod", values)
	require.Error(t, err)
	for _, want := range []string{
		"web: has the name of a service", `web.image: "repository:1" is not pinned`, "web.cpu: 3 is not a Fargate size",
		`web.schedule: must be cron(minutes hours day-of-month month day-of-week year) or rate(value unit), got "daily"`, `web.timeZone: "Berlin" is not a time zone`, `web.uses[0]: "db" is not something to use`,
		"report.timeZone: needs a cron expression",
	} {
		assert.ErrorContains(t, err, "tenfold:jobs."+want)
	}
}

func TestTwoServicesOnOneRouteAreRefused(t *testing.T) {
	values := maps.Clone(stackConfig(t, "dev"))
	const s = `{"image":"repository:1","port":80,"host":"app"}`
	values["tenfold:services"] = `{"one":` + s + `,"two":` + s + `}`
	_, err := load(t, "dev", values)
	assert.ErrorContains(t, err, `tenfold:services.two.host: app.dev.example.com is taken by service "one"`)
}

func TestTheErrorNamesTheFileAndCountsTheProblems(t *testing.T) {
	values := maps.Clone(stackConfig(t, "dev"))
	values["tenfold:tier"], values["tenfold:domain"] = "x", "x"
	_, err := load(t, "dev", values)
	assert.ErrorContains(t, err, `the configuration of stack "dev" has 2 problems; edit Pulumi.dev.yaml:`)
}

// Each key an environment may set is described in Pulumi.yaml, and nothing else is.
func TestTheProjectDescribesEveryKey(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "Pulumi.yaml"))
	require.NoError(t, err)
	var project struct {
		Config map[string]struct {
			Description string `yaml:"description"`
		} `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &project))
	var described []string
	for key, declared := range project.Config {
		assert.NotEmpty(t, declared.Description, key)
		described = append(described, strings.TrimPrefix(key, namespace+":"))
	}
	assert.ElementsMatch(t, keys[Config](), described)
}
