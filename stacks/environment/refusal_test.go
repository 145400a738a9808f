package environment

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

// bad is one part of a file that is wrong, and every problem it has, in full. A
// dollar sign stands for a name, so that all parts fit into one file.
type bad struct {
	key, value string
	want       []string
}

// refused lists what the components would refuse, some of it only after others
// have been made, and what they would take and AWS would not.
var refused = []bad{
	{"tenfold:network.endpoints", `["s3","a.b","a-b","com.amazonaws.us-east-1.logs","ecr"]`, []string{
		`tenfold:network.endpoints[4]: "ecr" is not the name of an endpoint; write ecr.api and ecr.dkr`,
		"tenfold:network.endpoints[0]: s3 is reached through a gateway endpoint, free of charge, in every network; leave it out",
		`tenfold:network.endpoints[2]: "a-b" is named twice; name it once`,
		`tenfold:network.endpoints[3]: "com.amazonaws.us-east-1.logs" is not the end of an endpoint's name; write it as AWS does, for example ecr.api, logs or secretsmanager`,
	}},
	{"tenfold:network.flowLog", `"none"`, []string{`tenfold:network.flowLog: "none" is not known; allowed are all, refused`}},
	{"tenfold:network.nat", `"instance"`, []string{"tenfold:network.nat: instance is refused by tier growth in production, because one small machine would carry the traffic of every task, and nothing stands in while it is replaced; drop it for single"}},
	{"tenfold:edge.waf", `"none"`, nil},
	{"tenfold:edge.requestsPer5Minutes", `50`, []string{
		"tenfold:edge.requestsPer5Minutes: 50 is out of range; allowed are 100 to 2000000",
		"tenfold:edge.requestsPer5Minutes: counts nothing without a firewall, which tier growth does not have by itself; set waf to count or block",
	}},
	{"tenfold:edge.idleTimeout", `"1500ms"`, []string{"tenfold:edge.idleTimeout: 1.5s is out of range; allowed are whole seconds from 1s to 1h6m40s"}},
	{"tenfold:alerts.runbooks", `"docs/runbooks"`, []string{`tenfold:alerts.runbooks: "docs/runbooks" is not the address of a folder of runbooks; it starts with https://`}},
	{"tenfold:alerts.off", `{"nobody/sqs-age":"nobody looks at it","sqs-agee":"misspelt on purpose"}`, []string{
		`tenfold:alerts.off.nobody/sqs-age: there is no component "nobody" with monitors; there are `,
		`tenfold:alerts.off.sqs-agee: there is no monitor "sqs-agee" to switch off; a key is an ID of docs/runbooks, or a component's name and an ID as in jobs/sqs-backlog`,
	}},
	{"tenfold:queues.$-dead", `{"processingTime":"1500ms","maxAge":"72h"}`, []string{
		"tenfold:queues.$-dead.processingTime: 1.5s is out of range; allowed are 1s to 2h in whole seconds, because SQS hides a message for 12h at most and six times the processing time is needed",
		"tenfold:queues.$-dead.maxAge: 72h0m0s is out of range; allowed are 1m to 48h, half of the time a message is kept",
	}},
	{"tenfold:queues.jobs-dead", `{"processingTime":"1s"}`, []string{`tenfold:queues.jobs-dead: is what the dead-letter queue of queue "jobs" is called; choose another name`}},
	{"tenfold:queues.clock-failed", `{"processingTime":"1s"}`, []string{`tenfold:queues.clock-failed: is what the queue of failures of "clock" is called; choose another name`}},
	{"tenfold:secrets.$", `{"description":"nothing a variable takes","keys":["a b"]}`, []string{`tenfold:secrets.$.keys[0]: "a b" is not a key of the secret's JSON value; use letters, digits and . _ -`}},
	{"tenfold:secrets.$", `{"description":"x","env":{"ENVIRONMENT":"x"}}`, []string{"tenfold:secrets.$.env.ENVIRONMENT: holds the name of the environment in every container; name the variable differently"}},
	{"tenfold:registries.$", `{"keepImages":5,"untaggedDays":400,"pullAccounts":["1234","210987654321","210987654321"]}`, []string{
		"tenfold:registries.$.keepImages: 5 is out of range; allowed are 10 to 10000",
		"tenfold:registries.$.untaggedDays: 400 is out of range; allowed are 1 to 365",
		`tenfold:registries.$.pullAccounts[0]: "1234" is not the id of an account; it has twelve digits, in quotes`,
		`tenfold:registries.$.pullAccounts[2]: "210987654321" is named twice; name it once`,
	}},
	{"tenfold:imageCaches.$", `{"upstream":"github","azureHost":"example.azurecr.io","untaggedDays":5000,"tags":{"aws:team":"a|b"}}`, []string{
		`tenfold:imageCaches.$.azureHost: "example.azurecr.io" goes with the upstream azure only; leave it out`,
		"tenfold:imageCaches.$.credential: is missing; github lets ECR in with an account only: put its username and accessToken into a secret whose name begins with ecr-pullthroughcache/ and give the ARN",
		"tenfold:imageCaches.$.untaggedDays: 5000 is out of range; allowed are 1 to 3650",
		"tenfold:imageCaches.$.tags.aws:team: is not a key of a tag; use at most 128 letters, digits, spaces and _ . : / = + - @, and do not begin with aws:",
		`tenfold:imageCaches.$.tags.aws:team: "a|b" is not a value of a tag; use at most 256 letters, digits, spaces and _ . : / = + - @`,
	}},
	{"tenfold:imageCaches.$", `{"credential":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf"}`, []string{
		"tenfold:imageCaches.$.upstream: is missing; allowed are azure, docker-hub, ecr-public, github, gitlab, kubernetes, quay",
		`tenfold:imageCaches.$.credential: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf" is not the ARN of a secret of us-east-1 whose name begins with ecr-pullthroughcache/; ECR reads no other`,
	}},
	{"tenfold:services.$", web(`"architecture":"arm","storage":10,"stop":"30s","startup":"1h","user":"0"`), []string{
		`tenfold:services.$.architecture: "arm" is not known; allowed are arm64, x86_64`,
		"tenfold:services.$.storage: 10 is out of range; allowed are 20 to 200",
		"tenfold:services.$.stop: 30s is too short; a service with a host needs more than the 30s that requests have to finish",
		"tenfold:services.$.startup: 1h0m0s is out of range; allowed are whole seconds from 1s to 30m",
		`tenfold:services.$.user: "0" is not a user other than root; write it as numbers, for example "1000:1000"`,
	}},
	{"tenfold:services.$", web(`"path":"/a/b/c/d/e","probe":12,"health":{"path":"up","interval":"5s","retries":1}`), []string{
		`tenfold:services.$.path: "/a/b/c/d/e" is too long; a prefix has at most 4 parts and 126 characters`,
		"tenfold:services.$.probe: 12 is out of range; allowed are 1 to 9",
		`tenfold:services.$.health: "up" is not a path; write it like /health`,
		"tenfold:services.$.health.timeout: 5s is not less than the interval of 5s; lower it or raise the interval",
		"tenfold:services.$.health.retries: 1 is out of range; allowed are 2 to 10",
	}},
	{"tenfold:services.$", web(`"health":"/up#x","startup":"30m","deployTimeout":"5m","writable":["/..","/a/../b","/./a","/proc","/dev/shm","/sys/kernel","/processes"]`), []string{
		`tenfold:services.$.health: "/up#x" is not a path; write it like /health or /health?full=1, with at most 1024 letters, digits and . _ ~ / ? & = @ : + - and %xx for others`,
		"tenfold:services.$.deployTimeout: 5m is too short: 30m of startup, 30s until requests are finished and 45s of stop are 31m15s; set it above that, or lower startup",
		`tenfold:services.$.writable[0]: "/.." goes through . or ..; write the directory itself, like /tmp`,
		`tenfold:services.$.writable[1]: "/a/../b" goes through . or ..; write the directory itself, like /tmp`,
		`tenfold:services.$.writable[2]: "/./a" goes through . or ..; write the directory itself, like /tmp`,
		`tenfold:services.$.writable[3]: "/proc" is of the operating system, which puts its own there; choose another directory, like /tmp`,
		`tenfold:services.$.writable[4]: "/dev/shm" is of the operating system, which puts its own there; choose another directory, like /tmp`,
		`tenfold:services.$.writable[5]: "/sys/kernel" is of the operating system, which puts its own there; choose another directory, like /tmp`,
	}},
	{"tenfold:services.$", worker(`"startup":"18m","stop":"2m","sidecars":{"agent":{"image":"` + digestImage + `","writable":["/sys"]}}`), []string{
		"tenfold:services.$.deployTimeout: 20m by default is too short: 18m of startup and 2m of stop are 20m; set it above that, or lower startup",
		`tenfold:services.$.sidecars.agent.writable[0]: "/sys" is of the operating system, which puts its own there; choose another directory, like /tmp`,
	}},
	{"tenfold:services.$", web(`"check":{"command":["/ready"],"interval":"1s","timeout":"1s","retries":20}`), []string{
		`tenfold:services.$.check.command: ["/ready"] does not begin with CMD, to run a program, or CMD-SHELL, to run a line in a shell; write it like [CMD, /bin/ready]`,
		"tenfold:services.$.check.interval: 1s is out of range; allowed are whole seconds from 5s to 5m",
		"tenfold:services.$.check.timeout: 1s is out of range; allowed are whole seconds from 2s to 1m",
		"tenfold:services.$.check.retries: 20 is out of range; allowed are 1 to 10",
	}},
	{"tenfold:services.$", web(`"check":{"command":["CMD","/ready"],"interval":"301s","timeout":"61s","retries":11},"sidecars":{"agent":{"image":"` + digestImage + `","check":{"command":["CMD","/ready"],"timeout":"2m"}}}`), []string{
		"tenfold:services.$.check.interval: 5m1s is out of range; allowed are whole seconds from 5s to 5m",
		"tenfold:services.$.check.timeout: 1m1s is out of range; allowed are whole seconds from 2s to 1m",
		"tenfold:services.$.check.retries: 11 is out of range; allowed are 1 to 10",
		"tenfold:services.$.sidecars.agent.check.timeout: 2m0s is out of range; allowed are whole seconds from 2s to 1m",
	}},
	{"tenfold:services.$", web(`"check":{"interval":"10s"}`), []string{"tenfold:services.$.check.command: is missing; name what is run, like [CMD, /bin/ready]"}},
	{"tenfold:services.$", web(`"login":{"issuer":"id.example.com","secret":"identity","key":"none","session":"30s"}`), []string{
		`tenfold:services.$.login.issuer: must be an https URL, got "id.example.com"; take it from the provider's /.well-known/openid-configuration`,
		`tenfold:services.$.login.authorizationURL: must be an https URL, got ""; take it from the provider's /.well-known/openid-configuration`,
		`tenfold:services.$.login.tokenURL: must be an https URL, got ""; take it from the provider's /.well-known/openid-configuration`,
		`tenfold:services.$.login.userInfoURL: must be an https URL, got ""; take it from the provider's /.well-known/openid-configuration`,
		"tenfold:services.$.login.clientID: is empty; register a client with the provider",
		`tenfold:services.$.login.key: "none" is not a key of secret "identity"; add it to tenfold:secrets.identity.keys (there are: oidc_client_secret, session_secret)`,
		"tenfold:services.$.login.session: 30s is out of range; allowed are whole seconds from 1m to 168h",
	}},
	{"tenfold:services.$", web(`"login":{"issuer":"https://id.example.com/?a=b","authorizationURL":"https://192.0.2.1/a","tokenURL":"https://id.example.com:8443/token","userInfoURL":"https://id.local/me","clientID":"x","secret":"identity","key":"oidc_client_secret"}`), []string{
		`tenfold:services.$.login.issuer: must have no query, got "https://id.example.com/?a=b"; it is the provider's name as its /.well-known/openid-configuration gives it`,
		`tenfold:services.$.login.authorizationURL: must have a domain such as id.example.com for its host, got "https://192.0.2.1/a"`,
		`tenfold:services.$.login.tokenURL: must be on port 443, got "https://id.example.com:8443/token"; the load balancer reaches the provider on no other`,
		`tenfold:services.$.login.userInfoURL: must have a host of the public DNS, got "https://id.local/me"; the load balancer looks it up there`,
	}},
	{"tenfold:services.$", worker(`"login":{"issuer":"https://a.example","authorizationURL":"https://a.example","tokenURL":"https://a.example","userInfoURL":"https://a.example","clientID":"x","secret":"none","key":"x"},"alarms":{"errors":5},"serve":true,"path":"/a"`), []string{
		"tenfold:services.$.login: needs a host that users sign in at; set host and port",
		`tenfold:services.$.login.secret: "none" is not declared; declare it under tenfold:secrets (there are: `,
		"tenfold:services.$.alarms: watch requests from the load balancer, and this service has no host; leave them out",
		"tenfold:services.$.port: is missing; host, path, health and serve need the port the container listens on",
	}},
	{"tenfold:services.$", `{"image":"` + digestImage + `","port":80,"serve":true,"health":"/up","scaling":{"min":2}}`, []string{"tenfold:services.$.host: is missing; path, probe and health are of the way from the load balancer"}},
	{"tenfold:services.$", worker(`"scaling":{"idle":true,"min":2,"max":2}`), []string{
		"tenfold:services.$.scaling.idle: lets no task run, so that customers would wait for the first one; drop it in production",
		"tenfold:services.$.scaling.idle: needs messages that wake the first task; set queue, and latency and perMessage",
		"tenfold:services.$.scaling.idle: needs a max above min 2; a fixed number of tasks does not scale",
	}},
	{"tenfold:services.$", worker(`"scaling":{"latency":"2m","perMessage":"90s","max":6000}`), []string{
		"tenfold:services.$.scaling: min 1 and max 6000 do not fit; min is at least 1, and max at least min and at most 5000",
		`tenfold:services.$.scaling.perMessage: 1m30s is above the processingTime 1m0s of queue "jobs", so a second worker gets a message while the first is at it; raise the queue's`,
	}},
	{"tenfold:services.$", web(`"scaling":{"schedules":[{"name":"sleep","at":"daily","min":1,"max":0,"timeZone":"Local"},{"name":"Day","at":"cron(0 7 * * * *)","min":2,"max":2}]}`), []string{
		`tenfold:services.$.scaling.schedules[0].name: "sleep" is taken by another schedule or by sleep; choose another`,
		`tenfold:services.$.scaling.schedules[0].at: must be cron(minutes hours day-of-month month day-of-week year) or rate(value unit), got "daily"`,
		`tenfold:services.$.scaling.schedules[0].timeZone: "Local" is not a time zone; write it like Europe/Berlin`,
		"tenfold:services.$.scaling.schedules[0]: min 1 and max 0 do not fit; min is at least 0, and max at least min and at most 5000",
		"tenfold:services.$.scaling.schedules[0].min: 1 is too few for tier growth in production; run at least 2, in different zones",
		`tenfold:services.$.scaling.schedules[1].name: "Day" is not a name; use at most 20 lower-case letters, digits and inner hyphens, starting with a letter`,
		`tenfold:services.$.scaling.schedules[1].at: must have ? as day of month or as day of week, and not as both, got "cron(0 7 * * * *)"`,
	}},
	{"tenfold:services.$", `{"image":"` + digestImage + `","port":80,"serve":true,"spot":51,"scaling":{"min":2}}`, []string{"tenfold:services.$.spot: 51 leaves none of 2 tasks on demand, and AWS may take all others away within two minutes; set at most 50, or run at least 3"}},
	{"tenfold:services.$", `{"image":"` + digestImage + `","port":80,"serve":true,"spot":99,"scaling":{"min":5,"schedules":[{"name":"night","at":"cron(0 3 31 2,4 ? *)","min":3,"max":3}]}}`, []string{
		"tenfold:services.$.spot: 99 leaves none of 3 tasks on demand, and AWS may take all others away within two minutes; set at most 66, or run at least 100",
		`tenfold:services.$.scaling.schedules[0].at: "cron(0 3 31 2,4 ? *)" never comes, there is no such day; correct the day, the month or the year`,
	}},
	{"tenfold:services.$", web(`"spot":100`), []string{"tenfold:services.$.spot: 100 lets AWS take every task of a web service away within two minutes; leave some on demand"}},
	{"tenfold:services.$", web(`"calls":["two","nobody","nobody"]`), []string{
		`tenfold:services.$.calls[0]: service "two" serves nobody; set tenfold:services.two.serve to true`,
		`tenfold:services.$.calls[1]: service "nobody" is not declared; declare it under tenfold:services (there are: `,
		`tenfold:services.$.calls[2]: service "nobody" is not declared; declare it under tenfold:services (there are: `,
		`tenfold:services.$.calls[2]: "nobody" is named twice; name it once`,
	}},
	{"tenfold:services.$", web(`"env":{"ENVIRONMENT":"x","DB_HOST":"x","STRIPE_SECRET_KEY":"planted"},"uses":["database","secret:billing"]`), []string{
		"tenfold:services.$.env.ENVIRONMENT: holds the name of the environment in every container; name the variable differently",
		"tenfold:services.$.env.DB_HOST: is set by database already; leave it out or name it differently",
		"tenfold:services.$.env.STRIPE_SECRET_KEY: is set by secret:billing already; leave it out or name it differently",
		"tenfold:services.$.env.STRIPE_SECRET_KEY: looks like a secret, and this file is not a place for one; declare it under tenfold:secrets and use secret:<name>",
	}},
	{"tenfold:services.$", worker(`"uses":["cache:none","queue:jobs:consume"],"writable":["/a/b","/a-b","/a~"]`), []string{
		`tenfold:services.$.uses[0]: cache "none" is not declared; declare it under tenfold:imageCaches (there are: `,
		`tenfold:services.$.uses[1]: "queue:jobs:consume" is given twice; a worker uses its own queue already`,
		`tenfold:services.$.writable[1]: "/a-b" would share a volume with /a/b; leave it out or choose another`,
		`tenfold:services.$.writable[2]: "/a~" is not an absolute directory; write it like /tmp`,
	}},
	{"tenfold:services.$", web(`"shell":true,"writable":["/agent-tmp","/managed-agents"],"sidecars":{"$":{"image":"repository:1"},"agent":{"image":"` + digestImage + `","memory":2,"writable":["/tmp"],"uses":["database","secret:billing"],"env":{"STRIPE_SECRET_KEY":"planted"}},"big":{"image":"` + digestImage + `","memory":600}}`), []string{
		"tenfold:services.$.writable: /managed-agents would share a volume with /managed-agents, which shell adds; leave it out",
		"tenfold:services.$.sidecars: may take 602 MiB of the task's 512, which leaves nothing for the service; lower their memory or raise the service's",
		"tenfold:services.$.sidecars.$: has the name of the service's own container; choose another",
		`tenfold:services.$.sidecars.$.image: "repository:1" is not pinned; production runs <repository>@sha256:<64 hex digits>, so that a rollback runs what ran before`,
		"tenfold:services.$.sidecars.agent.memory: 2 is out of range; it is at least 6 MiB",
		`tenfold:services.$.sidecars.agent.writable[0]: "/tmp" would share a volume with /agent-tmp; leave it out or choose another`,
		`tenfold:services.$.sidecars.agent.uses[0]: "database" is nothing a sidecar can use; it takes secret:<name>, and the permissions of the task are those of the service`,
		"tenfold:services.$.sidecars.agent.env.STRIPE_SECRET_KEY: is set by secret:billing already; leave it out or name it differently",
		"tenfold:services.$.sidecars.agent.env.STRIPE_SECRET_KEY: looks like a secret, and this file is not a place for one; declare it under tenfold:secrets and use secret:<name>",
	}},
	{"tenfold:services.$", worker(`"shell":true,"uses":["secret:billing"],"egress":{"private":true,"also":[{"port":443,"cidr":"0.0.0.0/0","why":"the world"}]},"sidecars":{"agent":{"image":"public.ecr.aws/x@sha256:` + strings.Repeat("0", 64) + `"}}`), []string{
		"tenfold:services.$.egress.also[0].port: 443 of every address is what private closes; leave one of them out",
		"tenfold:services.$.egress.private: leaves no way to write its log; add logs to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to pull images; add ecr.api to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to pull images; add ecr.dkr to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to read its secrets; add secretsmanager to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to reach its queues; add sqs to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to open shells; add ssmmessages to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to open shells, which are encrypted; add kms to tenfold:network.endpoints",
	}},
	{"tenfold:services.$", worker(`"egress":{"private":true,"also":[{"port":443,"cidr":"10.0.0.0/16","why":"the network"},{"port":443,"cidr":"10.0.3.0/24","why":"a subnet"},{"port":443,"cidr":"10.0.0.0/8","why":"all offices"},{"port":22,"cidr":"203.0.113.7/24","why":"x"},{"port":22,"cidr":"203.0.113.0/24","why":"x"}]}`), []string{
		"tenfold:services.$.egress.also[0].cidr: 10.0.0.0/16 is in the network's own 10.0.0.0/16, whose port 443 private leaves open; leave it out",
		"tenfold:services.$.egress.also[1].cidr: 10.0.3.0/24 is in the network's own 10.0.0.0/16, whose port 443 private leaves open; leave it out",
		"tenfold:services.$.egress.also[3].cidr: 203.0.113.7/24 does not begin with the first address of its range; write 203.0.113.0/24, or 203.0.113.7/32 for one address",
		"tenfold:services.$.egress.also[4]: port 22 of 203.0.113.0/24 is named twice; name it once",
		"tenfold:services.$.egress.private: leaves no way to write its log; add logs to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to pull images; add ecr.api to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to pull images; add ecr.dkr to tenfold:network.endpoints",
		"tenfold:services.$.egress.private: leaves no way to reach its queues; add sqs to tenfold:network.endpoints",
	}},
	{"tenfold:services.$", web(`"egress":{"also":[{"port":443,"cidr":"203.0.113.0/24","why":"the partner"},{"port":70000,"cidr":"203.0.113.1/24","why":"  "},{"port":22,"cidr":"2001:db8::/32","why":"what's there"},{"port":22,"cidr":"host","why":"x"},{"port":25,"cidr":"203.0.113.0/24","why":"x"},{"port":25,"cidr":"203.0.113.0/24","why":"x"}]}`), []string{
		"tenfold:services.$.egress.also[0].port: 443 is open to every address already; leave it out, or set private",
		"tenfold:services.$.egress.also[1].port: 70000 is not a port; allowed are 1 to 65535",
		"tenfold:services.$.egress.also[1].cidr: 203.0.113.1/24 does not begin with the first address of its range; write 203.0.113.0/24, or 203.0.113.1/32 for one address",
		"tenfold:services.$.egress.also[1].why: is empty; say what is there, for whoever reads the rule",
		"tenfold:services.$.egress.also[2].cidr: 2001:db8::/32 is an IPv6 range, and the network has no IPv6 addresses; set tenfold:network.ipv6",
		`tenfold:services.$.egress.also[2].why: "what's there" holds a character that AWS does not take, or more than 255; use letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*`,
		`tenfold:services.$.egress.also[3].cidr: "host" is not a range of addresses; write it like 203.0.113.0/24 or 2001:db8::/32`,
		"tenfold:services.$.egress.also[5]: port 25 of 203.0.113.0/24 is named twice; name it once",
	}},
	{"tenfold:services.$", web(`"migration":{"timeout":"30s","off":"locked"},"alarms":{"errors":101,"latency":"1ms","minRequests":-1,"off":"no"},"acceptRollback":"yes","deployTimeout":"1m"`), []string{
		"tenfold:services.$.migration.timeout: 30s is out of range; allowed are whole seconds from 1m to 2h",
		`tenfold:services.$.migration.off: "locked" does not say why; give the reason in a sentence`,
		"tenfold:services.$.migration.command: is missing; name what is run",
		"tenfold:services.$.alarms.errors: 101 is out of range; allowed are 1 to 100",
		"tenfold:services.$.alarms.latency: 1ms is out of range; allowed are 10ms to 1m",
		"tenfold:services.$.alarms.minRequests: -1 is not a number of requests; it is at least 1",
		`tenfold:services.$.alarms.off: "no" does not say why; give the reason in a sentence`,
		`tenfold:services.$.acceptRollback: "yes" does not say why; give the reason in a sentence`,
		"tenfold:services.$.deployTimeout: 1m0s is out of range; allowed are whole seconds from 5m to 3h",
	}},
	{"tenfold:jobs.$", `{"image":"` + digestImage + `","timeZone":"UTC","window":"1m","retries":0,"maxDelay":"1m","overlap":true,"timeout":"1m","paused":"somebody said so"}`, []string{
		"tenfold:jobs.$.timeZone: is about runs on a schedule, and there is none; set schedule or leave it out",
		"tenfold:jobs.$.window: is about runs on a schedule, and there is none; set schedule or leave it out",
		"tenfold:jobs.$.retries: is about runs on a schedule, and there is none; set schedule or leave it out",
		"tenfold:jobs.$.maxDelay: is about runs on a schedule, and there is none; set schedule or leave it out",
		"tenfold:jobs.$.overlap: is about runs on a schedule, and there is none; set schedule or leave it out",
		"tenfold:jobs.$.timeout: is about runs on a schedule, and there is none; set schedule or leave it out",
		"tenfold:jobs.$.paused: is about runs on a schedule, and there is none; set schedule or leave it out",
	}},
	{"tenfold:jobs.$", `{"image":"` + digestImage + `","schedule":"cron(0 3 * *)","window":"90s","retries":200,"maxDelay":"30s","timeout":"30s","paused":"why","writable":["tmp"]}`, []string{
		`tenfold:jobs.$.schedule: must have six fields (minutes hours day-of-month month day-of-week year), got "cron(0 3 * *)" with 4`,
		"tenfold:jobs.$.window: 1m30s is out of range; allowed are whole minutes up to 24h",
		"tenfold:jobs.$.retries: 200 is out of range; allowed are 0 to 185",
		"tenfold:jobs.$.maxDelay: 30s is out of range; allowed are whole seconds from 1m to 24h",
		"tenfold:jobs.$.timeout: 30s is out of range; allowed are whole seconds from 1m to 168h",
		`tenfold:jobs.$.paused: "why" does not say why; give the reason in a sentence`,
		`tenfold:jobs.$.writable[0]: "tmp" is not an absolute directory; write it like /tmp`,
	}},
	{"tenfold:jobs.$", `{"image":"` + digestImage + `","schedule":"cron(0 25 * * ? *)","timeZone":"Europe/Atlantis"}`, []string{
		`tenfold:jobs.$.schedule: has "25" as hours in "cron(0 25 * * ? *)"; allowed are 0 to 23, and , - * /`,
		`tenfold:jobs.$.timeZone: "Europe/Atlantis" is not a time zone; write it like Europe/Berlin`,
	}},
	{"tenfold:jobs.$", `{"image":"` + digestImage + `","schedule":"cron(0 3 29 FEB ? 2027)","writable":["/dev"]}`, []string{
		`tenfold:jobs.$.schedule: "cron(0 3 29 FEB ? 2027)" never comes, there is no such day; correct the day, the month or the year`,
		`tenfold:jobs.$.writable[0]: "/dev" is of the operating system, which puts its own there; choose another directory, like /tmp`,
	}},
	{"tenfold:services.sg", worker(`"storage":20`), []string{`tenfold:services.sg: "sg" begins as the id of a security group does, and EC2 takes no group with such a name; choose a name that is not sg and does not begin with sg-`}},
	{"tenfold:jobs.sg-report", `{"image":"` + digestImage + `"}`, []string{`tenfold:jobs.sg-report: "sg-report" begins as the id of a security group does, and EC2 takes no group with such a name; choose a name that is not sg and does not begin with sg-`}},
	{"tenfold:jobs.$", `{"image":"` + digestImage + `","env":{"AWS_ACCESS_KEY_ID":"planted","SIGNING_KEY":"planted","CACHE":"https://user:planted@cache.example.com","HOOK":"` + "xoxb-" + strings.Repeat("0", 10) + `"}}`, []string{
		"tenfold:jobs.$.env.AWS_ACCESS_KEY_ID: signs in to AWS in the place of the task's role; leave it out, and give the permission with uses",
		"tenfold:jobs.$.env.SIGNING_KEY: looks like a secret, and this file is not a place for one; declare it under tenfold:secrets and use secret:<name>",
		"tenfold:jobs.$.env.CACHE: holds an address with a password, and this file is not a place for a secret; declare it under tenfold:secrets and use secret:<name>",
		"tenfold:jobs.$.env.HOOK: holds a Slack token, and this file is not a place for a secret; declare it under tenfold:secrets and use secret:<name>",
	}},
	{"tenfold:jobs.tenancy-audit", `{"image":"` + digestImage + `"}`, []string{"tenfold:jobs.tenancy-audit: is what the check of the tenant guard is called; choose another name"}},
	{"tenfold:jobs.clock-machine", `{"image":"` + digestImage + `"}`, []string{"tenfold:jobs.clock-machine: would have a log group called clock-machine, as tenfold:jobs.clock has; rename one of them, or what they use"}},
}

func web(more string) string {
	return `{"image":"` + digestImage + `","port":80,"host":"$",` + more + `}`
}

func worker(more string) string {
	return `{"image":"` + digestImage + `","queue":"jobs",` + more + `}`
}

// spoil puts a part that is wrong into a file.
func spoil(t *testing.T, values map[string]string, b bad, name string) (want []string) {
	t.Helper()
	set(t, values, strings.ReplaceAll(b.key, "$", name), strings.ReplaceAll(b.value, "$", name))
	for _, w := range b.want {
		want = append(want, strings.NewReplacer("$-dead", name+"-dead", ".$.", "."+name+".", ".$:", "."+name+":").Replace(w))
	}
	return want
}

// file is production of tier growth, with a job on a schedule.
func file(t *testing.T) map[string]string {
	t.Helper()
	values := small(t, "prod")
	set(t, values, "tenfold:jobs", `{"clock":{"image":"`+digestImage+`","schedule":"rate(1 hour)"}}`)
	set(t, values, "tenfold:edge.waf", `"none"`)
	return values
}

func problemsOf(t *testing.T, values map[string]string) []string {
	t.Helper()
	_, err := Read("prod", values)
	require.Error(t, err)
	return strings.Split(err.Error(), "\n  ")[1:]
}

func assertProblems(t *testing.T, want, got []string) {
	t.Helper()
	assert.Len(t, got, len(want), strings.Join(got, "\n"))
	for _, w := range want {
		assert.Condition(t, func() bool {
			for _, g := range got {
				if strings.HasPrefix(g, w) {
					return true
				}
			}
			return false
		}, "missing: %s\ngot:\n%s", w, strings.Join(got, "\n"))
	}
}

func TestWhatIsWrongIsRefusedBeforeAnythingIsMade(t *testing.T) {
	for i, b := range refused {
		if b.want == nil {
			continue
		}
		name := fmt.Sprintf("bad%d", i)
		t.Run(b.key+" "+name, func(t *testing.T) {
			values := file(t)
			want := spoil(t, values, b, name)
			assertProblems(t, want, problemsOf(t, values))
			inventory, err := componenttest.Record(Deploy, componenttest.WithStack("prod"), componenttest.WithConfig(values))
			require.Error(t, err)
			for _, r := range inventory.Resources {
				assert.Equal(t, "pulumi:pulumi:Stack", r.Type, "nothing is made")
			}
		})
	}
}

func TestAFileWithEverythingWrongListsEverything(t *testing.T) {
	values := file(t)
	var want []string
	for i, b := range refused {
		want = append(want, spoil(t, values, b, fmt.Sprintf("bad%d", i))...)
	}
	assert.Greater(t, len(want), 100)
	assertProblems(t, want, problemsOf(t, values))
}
