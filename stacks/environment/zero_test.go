package environment

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// zeroRefused says what is wrong with a zero of each key whose range does not hold
// it. A text after the first is a problem of another key, in full.
var zeroRefused = map[string][]string{
	"edge.idleTimeout":         {"0s is out of range; allowed are whole seconds from 1s to 1h6m40s"},
	"edge.requestsPer5Minutes": {"0 is out of range; allowed are 100 to 2000000"},

	"database.autoPause":  {"0s is out of range; allowed are whole seconds from 5m to 24h"},
	"database.backupDays": {"0 is out of range; allowed are 7 to 35"},
	"database.maxACU":     {"0 is not a capacity; allowed are 1 to 256 in steps of 0.5 (a database that pauses has autoPause)", "tenfold:database.minACU: 1 is above maxACU 0; lower it or raise maxACU"},
	"database.maxReaders": {"0 does not fit 1 readers; it needs at least one to start from, and is above their number and at most 15"},
	"database.minACU":     {"0 is not a capacity; allowed are 0.5 to 256 in steps of 0.5 (a database that pauses has autoPause)"},

	"queues.<name>.maxAge":         {"0s is out of range; allowed are 1m to 48h, half of the time a message is kept"},
	"queues.<name>.maxReceives":    {"0 is out of range; allowed are 1 to 1000"},
	"queues.<name>.processingTime": {"0s is out of range; allowed are 1s to 2h in whole seconds, because SQS hides a message for 12h at most and six times the processing time is needed"},

	"registries.<name>.keepImages":    {"0 is out of range; allowed are 10 to 10000"},
	"registries.<name>.untaggedDays":  {"0 is out of range; allowed are 1 to 365"},
	"imageCaches.<name>.keepImages":   {"0 is out of range; allowed are 10 to 10000"},
	"imageCaches.<name>.untaggedDays": {"0 is out of range; allowed are 1 to 3650"},

	"services.<name>.alarms.errors":                  {"0 is out of range; allowed are 1 to 100"},
	"services.<name>.alarms.latency":                 {"0s is out of range; allowed are 10ms to 1m"},
	"services.<name>.alarms.minRequests":             {"0 is not a number of requests; it is at least 1"},
	"services.<name>.check.interval":                 {"0s is out of range; allowed are whole seconds from 5s to 5m"},
	"services.<name>.check.retries":                  {"0 is out of range; allowed are 1 to 10"},
	"services.<name>.check.timeout":                  {"0s is out of range; allowed are whole seconds from 2s to 1m"},
	"services.<name>.deployTimeout":                  {"0s is out of range; allowed are whole seconds from 5m to 3h"},
	"services.<name>.health.interval":                {"0s is out of range; allowed are whole seconds from 5s to 5m"},
	"services.<name>.health.retries":                 {"0 is out of range; allowed are 2 to 10"},
	"services.<name>.health.timeout":                 {"0s is out of range; allowed are whole seconds from 2s to 2m"},
	"services.<name>.login.session":                  {"0s is out of range; allowed are whole seconds from 1m to 168h"},
	"services.<name>.migration.timeout":              {"0s is out of range; allowed are whole seconds from 1m to 2h"},
	"services.<name>.port":                           {"0 is not a port; allowed are 1 to 65535"},
	"services.<name>.probe":                          {"0 is out of range; allowed are 1 to 9"},
	"services.<name>.scaling.cpu":                    {"0 is out of range; aim at 10 to 90 percent"},
	"services.<name>.scaling.latency":                {"0s and perMessage 1s do not fit; set both, latency from 1s and perMessage at most latency"},
	"services.<name>.scaling.memory":                 {"0 is out of range; aim at 10 to 90 percent"},
	"services.<name>.scaling.requests":               {"0 does not fit; give a positive number to a service with a host"},
	"services.<name>.sidecars.<name>.check.interval": {"0s is out of range; allowed are whole seconds from 5s to 5m"},
	"services.<name>.sidecars.<name>.check.retries":  {"0 is out of range; allowed are 1 to 10"},
	"services.<name>.sidecars.<name>.check.timeout":  {"0s is out of range; allowed are whole seconds from 2s to 1m"},
	"services.<name>.sidecars.<name>.memory":         {"0 is out of range; it is at least 6 MiB"},
	"services.<name>.startup":                        {"0s is out of range; allowed are whole seconds from 1s to 30m"},
	"jobs.<name>.maxDelay":                           {"0s is out of range; allowed are whole seconds from 1m to 24h"},
	"jobs.<name>.timeout":                            {"0s is out of range; allowed are whole seconds from 1m to 168h"},
	"services.<name>.scaling.perMessage":             {"", "tenfold:services.two.scaling.latency: 1m0s and perMessage 0s do not fit; set both, latency from 1s and perMessage at most latency"},
	"services.<name>.scaling.min":                    {"", "tenfold:services.one.scaling: min 0 and max 4 do not fit; min is at least 1, and max at least min and at most 5000"},
	"services.<name>.scaling.max":                    {"", "tenfold:services.one.scaling: min 1 and max 0 do not fit; min is at least 1, and max at least min and at most 5000"},
}

// zeroOfContainer are those of services and of jobs.
var zeroOfContainer = map[string]string{
	"cpu":                "0 is not a Fargate size; allowed are 256, 512, 1024, 2048, 4096, 8192 and 16384 CPU units",
	"egress.also[].port": "0 is not a port; allowed are 1 to 65535",
	"memory":             "0 MiB does not go with 256 CPU units; allowed are 512, 1024 and 2048",
	"stop":               "0s is out of range; allowed are whole seconds from 1s to 2m",
	"storage":            "0 is out of range; allowed are 20 to 200",
}

// zeroMeant has a line for each key of which zero is a value, as for reached.
var zeroMeant = []reach{
	{path: "database.readers", token: "aws:rds/clusterInstance:ClusterInstance", name: "db-1", want: absent},
	{path: "jobs.<name>.retries", token: clockType, name: "clock", want: `"maximumRetryAttempts":0`},
	{path: "jobs.<name>.window", token: clockType, name: "clock", want: `flexibleTimeWindow: {"mode":"OFF"}`},
	{path: "services.<name>.scaling.schedules[].min", token: actionType, name: "one-night", want: `"minCapacity":0`},
	{path: "services.<name>.scaling.schedules[].max", token: actionType, name: "one-night", want: `"maxCapacity":0`},
	{path: "services.<name>.spot", token: serviceType, name: "one", want: "!FARGATE_SPOT"},
}

// everything is a file of dev that has each key's surroundings.
func everything(t *testing.T) map[string]string {
	t.Helper()
	values := rich(t)
	set(t, values, "tenfold:tier", `"growth"`)
	set(t, values, "tenfold:database", `{}`)
	set(t, values, "tenfold:registries", `{"web":{}}`)
	set(t, values, "tenfold:imageCaches.ext", `{"upstream":"quay"}`)
	for key, value := range map[string]string{
		"check": `{"command":["CMD","/ready"]}`, "health": `{"path":"/up"}`, "login": signIn, "migration": `{"command":["migrate"]}`,
		"scaling":  `{"schedules":[{"name":"night","at":"rate(1 day)"}]}`,
		"sidecars": `{"agent":{"image":"beside:2","check":{"command":["CMD","/ready"]}}}`,
		"egress":   `{"also":` + partner + `}`,
	} {
		set(t, values, "tenfold:services.one."+key, value)
	}
	set(t, values, "tenfold:services.two.scaling", `{"latency":"1m","perMessage":"1s"}`)
	set(t, values, "tenfold:jobs.clock.egress", `{"also":`+partner+`}`)
	return values
}

// concrete are the keys of the file for what stands in the place of names.
var concrete = strings.NewReplacer(
	"services.<name>.scaling.latency", "services.two.scaling.latency", "services.<name>.scaling.perMessage", "services.two.scaling.perMessage",
	"services.<name>", "services.one", "sidecars.<name>", "sidecars.agent", "jobs.<name>", "jobs.clock",
	"queues.<name>", "queues.mail", "registries.<name>", "registries.web", "imageCaches.<name>", "imageCaches.ext", "[]", "[0]",
)

// Left out, each of these keys has a default. A zero is no way to write that: it is
// refused as any other value out of the range, or it means zero.
func TestAZeroIsRefusedOrMeansZero(t *testing.T) {
	refused := maps.Clone(zeroRefused)
	for path, text := range zeroOfContainer {
		refused["services.<name>."+path], refused["jobs.<name>."+path] = []string{text}, []string{text}
	}
	for _, l := range leaves() {
		zero, numeric := "0", slices.Contains([]reflect.Kind{reflect.Int, reflect.Float64}, l.kind.Kind())
		if l.kind == durationType {
			zero, numeric = `"0s"`, true
		}
		if !numeric {
			continue
		}
		t.Run(l.path, func(t *testing.T) {
			key, values := "tenfold:"+concrete.Replace(l.path), everything(t)
			set(t, values, "tenfold:queues.mail", `{"processingTime":"1s"}`)
			set(t, values, key, zero)
			_, err := Read("dev", values)
			at := slices.IndexFunc(zeroMeant, func(r reach) bool { return r.path == l.path })
			if want, is := refused[l.path]; is {
				require.Equal(t, -1, at)
				require.Error(t, err)
				problems := slices.Clone(want[1:])
				if want[0] != "" {
					problems = append(problems, key+": "+want[0])
				}
				assert.ElementsMatch(t, problems, strings.Split(err.Error(), "\n  ")[1:])
				return
			}
			require.GreaterOrEqual(t, at, 0, "the key needs a line in one of the tables above")
			require.NoError(t, err)
			assertMeant(t, zeroMeant[at], values)
		})
	}
}

func assertMeant(t *testing.T, r reach, values map[string]string) {
	t.Helper()
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	if r.want == absent {
		assert.False(t, inventory.Has(r.token, r.name))
		return
	}
	text := shown(inventory.One(t, r.token, r.name))
	if unwanted, not := strings.CutPrefix(r.want, "!"); not {
		assert.NotContains(t, text, unwanted)
		return
	}
	assert.Contains(t, text, r.want)
}
