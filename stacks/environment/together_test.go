package environment

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// What is wrong only when two parts of a file are taken together.
func TestPartsThatDoNotGoTogetherAreRefused(t *testing.T) {
	const image = `{"image":"` + digestImage + `",`
	for name, c := range map[string]struct {
		parts map[string]string
		want  []string
	}{
		"a circle of calls": {map[string]string{
			"tenfold:services.a": image + `"port":80,"serve":true,"calls":["b"],"scaling":{"min":2}}`,
			"tenfold:services.b": image + `"port":80,"serve":true,"calls":["c"],"scaling":{"min":2}}`,
			"tenfold:services.c": image + `"port":80,"serve":true,"calls":["a"],"scaling":{"min":2}}`,
			"tenfold:services.d": image + `"queue":"jobs","calls":["a"]}`,
		}, []string{"tenfold:services.a.calls: goes round in a circle, a -> b -> c -> a, and each has to run before the one that calls it; let one of them call by a host of the other, or send to a queue"}},
		"a call of itself": {map[string]string{
			"tenfold:services.a": image + `"port":80,"serve":true,"calls":["a"],"scaling":{"min":2}}`,
		}, []string{"tenfold:services.a.calls: goes round in a circle, a -> a, and each has to run before"}},
		"one route": {map[string]string{
			"tenfold:services.other": image + `"port":80,"host":"one","path":"/a"}`,
			"tenfold:services.third": image + `"port":80,"host":"one","path":"/a"}`,
		}, []string{`tenfold:services.third.host: one.example.com/a is taken by service "other"; choose another host or path`}},
		"the wildcard and its name": {map[string]string{
			"tenfold:services.all": image + `"port":80,"host":"*"}`,
			"tenfold:services.any": image + `"port":80,"host":"any"}`,
		}, []string{`tenfold:services.any.host: any is what the record of the host * of service "all" is called; choose another`}},
		"one variable of a call and a queue": {map[string]string{
			"tenfold:services.jobs-queue": image + `"port":80,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.one.calls":  `["jobs-queue"]`,
			"tenfold:services.one.uses":   `["queue:jobs:send"]`,
		}, []string{"tenfold:services.one.uses: queue:jobs and the call of jobs-queue both set the variable JOBS_QUEUE_URL; name one differently"}},
		"one variable of two secrets": {map[string]string{
			"tenfold:secrets.other":     `{"description":"another","env":{"SESSION_SECRET":"a"}}`,
			"tenfold:services.one.uses": `["secret:identity","secret:other"]`,
		}, []string{"tenfold:services.one.uses: secret:identity and secret:other both set the variable SESSION_SECRET; name one differently"}},
		"one grant": {map[string]string{
			"tenfold:queues.call-a":      `{"processingTime":"1s"}`,
			"tenfold:services.a-send":    image + `"port":80,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.one.calls": `["a-send"]`,
			"tenfold:services.one.uses":  `["queue:call-a:send"]`,
		}, []string{"tenfold:services.one.uses: queue:call-a and the call of a-send are both called call-a-send within the task; rename one of them"}},
		"one rule": {map[string]string{
			"tenfold:services.billing":     image + `"port":80,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.api-billing": image + `"port":80,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.admin":       image + `"queue":"jobs","calls":["api-billing"]}`,
			"tenfold:services.admin-api":   image + `"queue":"jobs","calls":["billing"]}`,
		}, []string{"tenfold:services.admin-api: would have a rule called admin-api-billing-in-80, as tenfold:services.admin has; rename one of them, or what they use"}},
		"a rule of HTTPS and one of a call": {map[string]string{
			"tenfold:services.https":  image + `"port":80,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.web":    image + `"queue":"jobs","calls":["https"]}`,
			"tenfold:services.web-to": image + `"queue":"jobs"}`,
		}, []string{"tenfold:services.web-to: would have a rule called web-to-https, as tenfold:services.web has; rename one of them, or what they use"}},
		"a rule of an address and one of a call": {map[string]string{
			"tenfold:services.to-443-203-0-113-0": image + `"port":24,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.web":                image + `"queue":"jobs","calls":["to-443-203-0-113-0"]}`,
			"tenfold:services.web-to":             image + `"queue":"jobs","egress":{"private":true,"also":[{"port":443,"cidr":"203.0.113.0/24","why":"the partner"}]}}`,
			"tenfold:network.endpoints":           `["logs","ecr.api","ecr.dkr","sqs"]`,
		}, []string{"tenfold:services.web-to: would have a rule called web-to-to-443-203-0-113-0-24, as tenfold:services.web has; rename one of them, or what they use"}},
		"a service called as the database is": {map[string]string{
			"tenfold:services.db":  image + `"port":5432,"serve":true,"scaling":{"min":2}}`,
			"tenfold:services.web": image + `"queue":"jobs","calls":["db"],"uses":["database"]}`,
		}, []string{"tenfold:services.web: would have a rule called web-to-db-5432 for database and for the call of db; rename one of what it uses"}},
		"one event rule": {map[string]string{
			"tenfold:jobs.nightly":     image + `"schedule":"rate(1 day)"}`,
			"tenfold:jobs.nightly-run": image + `"schedule":"rate(1 day)"}`,
		}, []string{"tenfold:jobs.nightly-run: would have an event rule called nightly-run-failed, as tenfold:jobs.nightly has; rename one of them, or what they use"}},
		"a wait longer than the default of the queue": {map[string]string{
			"tenfold:queues.mail":      `{"processingTime":"1s"}`,
			"tenfold:services.two":     image + `"queue":"mail","scaling":{"latency":"301s","perMessage":"1s"}}`,
			"tenfold:services.prompt":  image + `"queue":"mail","scaling":{"latency":"5m","perMessage":"1s"}}`,
			"tenfold:services.patient": image + `"queue":"slow","scaling":{"latency":"1h","perMessage":"1s"}}`,
			"tenfold:queues.slow":      `{"processingTime":"1s","maxAge":"1h"}`,
		}, []string{"tenfold:services.two.scaling.latency: 5m1s is above the maxAge 5m0s of the queue, so somebody is told before another task starts; lower it, or raise tenfold:queues.mail.maxAge"}},
		"a network of its own": {map[string]string{
			"tenfold:network":             `{"cidr":"10.9.0.0/16","endpoints":["logs","ecr.api","ecr.dkr","sqs"]}`,
			"tenfold:services.two.egress": `{"private":true,"also":[{"port":443,"cidr":"10.0.0.0/16","why":"the office"},{"port":443,"cidr":"10.9.4.0/24","why":"itself"},{"port":22,"cidr":"10.9.4.0/24","why":"itself"}]}`,
		}, []string{"tenfold:services.two.egress.also[1].cidr: 10.9.4.0/24 is in the network's own 10.9.0.0/16, whose port 443 private leaves open; leave it out"}},
		"one schedule": {map[string]string{
			"tenfold:services.two.scaling":   `{"schedules":[{"name":"a-b","at":"rate(1 day)","min":1,"max":1}]}`,
			"tenfold:services.two-a":         image + `"queue":"jobs"}`,
			"tenfold:services.two-a.scaling": `{"schedules":[{"name":"b","at":"rate(1 day)","min":1,"max":1}]}`,
		}, []string{"tenfold:services.two-a: would have a schedule called two-a-b, as tenfold:services.two has; rename one of them, or what they use"}},
		"a secret without variables": {map[string]string{
			"tenfold:secrets.client":    `{"description":"the client","keys":["secret"]}`,
			"tenfold:services.one.uses": `["secret:client"]`,
		}, []string{`tenfold:services.one.uses[0]: secret "client" sets no variable; give it env, or leave it out`}},
	} {
		t.Run(name, func(t *testing.T) {
			values := small(t, "prod")
			for _, key := range sorted(c.parts) {
				set(t, values, key, c.parts[key])
			}
			assertProblems(t, c.want, problemsOf(t, values))
		})
	}
}

func TestRoutesThatMeetByChanceArePartedByTheProbeTheErrorNames(t *testing.T) {
	c := &Config{Domain: "example.com"}
	first, second := "first", "h0"
	priority := c.priority("meets0", Service{Host: first}, 0)
	for i := 0; c.priority("meets1", Service{Host: second}, 0) != priority; i++ {
		second = fmt.Sprintf("h%d", i)
	}
	values := small(t, "prod")
	for i, host := range []string{first, second} {
		set(t, values, fmt.Sprintf("tenfold:services.meets%d", i), `{"image":"`+digestImage+`","port":80,"host":"`+host+`"}`)
	}
	got := problemsOf(t, values)
	assertProblems(t, []string{fmt.Sprintf(`tenfold:services.meets1.probe: %s.example.com has by chance the listener priority %d of service "meets0"; set it to 1`, second, priority)}, got)
	set(t, values, "tenfold:services.meets1.probe", "1")
	_, err := Read("prod", values)
	assert.NoError(t, err)
}

func TestANameOfAStackThatAWSDoesNotTakeIsRefusedWithOneThatItDoes(t *testing.T) {
	for name, fit := range map[string]string{
		"Prod": "prod", "prod.eu": "prod-eu", "prod_eu": "prod-eu", "1": "dev", "-": "dev",
		strings.Repeat("a", 31): strings.Repeat("a", 30), strings.Repeat("a", 29) + ".b": strings.Repeat("a", 29),
	} {
		_, err := Read(name, small(t, "dev"))
		assert.ErrorContains(t, err, fmt.Sprintf("stack: %q does not fit into the names made from it; use at most 30 lower-case letters, digits and inner hyphens, starting with a letter: `pulumi stack rename %s`, and rename the file with it", name, fit))
		_, err = Read(fit, small(t, "dev"))
		assert.NoError(t, err)
	}
}

func TestTheLongestNamesFitWhereTheyAreMadeOf(t *testing.T) {
	stack, name := strings.Repeat("s", maxStack), strings.Repeat("n", maxName)
	values := small(t, "dev")
	set(t, values, "tenfold:queues."+name, `{"processingTime":"1s"}`)
	set(t, values, "tenfold:secrets."+name, `{"description":"x","env":{"A":"a"}}`)
	set(t, values, "tenfold:registries."+name, `{}`)
	set(t, values, "tenfold:imageCaches."+name, `{"upstream":"quay"}`)
	set(t, values, "tenfold:services."+name, `{"image":"r:1","port":80,"host":"x","serve":true,"uses":["queue:`+name+`:send"]}`)
	set(t, values, "tenfold:jobs."+strings.Repeat("j", maxName), `{"image":"r:1","schedule":"rate(1 day)"}`)
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack(stack), componenttest.WithConfig(values))
	job := inventory.One(t, "aws:scheduler/schedule:Schedule", strings.Repeat("j", maxName))
	assert.Equal(t, "tenfold-"+stack+"-"+strings.Repeat("j", maxName), job.Input("name"), "whole, not cut and hashed")
}

func TestTheNameOfTheProjectIsCheckedWhereItIsKnown(t *testing.T) {
	c, err := Read("dev", small(t, "dev"))
	require.NoError(t, err)
	for project, want := range map[string]string{
		"Tenfold":               `name in Pulumi.yaml: "Tenfold" does not fit into the names made from it; use at most 20`,
		strings.Repeat("p", 21): "name in Pulumi.yaml: ",
		"tenfold":               "",
	} {
		p := &problems{stack: "dev"}
		c.checkProject(project, p)
		if want == "" {
			assert.NoError(t, p.err())
			continue
		}
		assert.ErrorContains(t, p.err(), want)
	}
	c.ImageCaches = map[string]ImageCache{"images": {}}
	p := &problems{stack: "dev"}
	c.checkProject(strings.Repeat("p", 20), p)
	assert.NoError(t, p.err())
	c.ImageCaches["images-more"] = ImageCache{}
	c.checkProject(strings.Repeat("p", 20), p)
	assert.ErrorContains(t, p.err(), "tenfold:imageCaches.images-more: the name pppppppppppppppppppp/images-more of its repositories has 32 characters and AWS allows 30; shorten it")
}

func TestAKeyThatIsNotKnownIsRefusedAtTheTopToo(t *testing.T) {
	values := maps.Clone(small(t, "dev"))
	values["tenfold:servces"] = "{}"
	values["other:key"] = "of somebody else"
	_, err := Read("dev", values)
	assert.ErrorContains(t, err, "has 1 problem")
	assert.ErrorContains(t, err, "tenfold:servces: is not known; allowed are alerts, database, domain, edge, ")
}

func TestAMonitorThatNothingHereHasIsSwitchedOffWithoutHarm(t *testing.T) {
	values := small(t, "dev")
	set(t, values, "tenfold:alerts.off", `{"prx-auth":"there will be a proxy soon"}`)
	componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
}
