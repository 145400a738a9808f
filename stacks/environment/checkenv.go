package environment

import (
	"regexp"
	"slices"

	"github.com/tenfold-iac/tenfold/policies/secretform"
)

// secretName are names whose value is a secret. Beyond the first line they are the
// endings that the policy pack refuses (ecs-task-no-plain-secrets).
var secretName = regexp.MustCompile(`(SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|PRIVATE_KEY|API_KEY)|` +
	`(^|_)(PASSPHRASE|APIKEY|APP_?KEY|PRIVATEKEY|ACCESS_?KEY|SIGNING_?KEY|ENCRYPTION_?KEY)$`)

// ownKeys are the variables that the AWS SDKs and the agent of ECS sign in with,
// which the policy pack refuses (ecs-task-no-aws-keys).
var ownKeys = []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA"}

// checkEnv checks the variables of a container. An error never quotes a value,
// which may be a secret.
func checkEnv(env map[string]string, key string, p *problems) {
	for _, name := range sorted(env) {
		where := key + ".env." + name
		if !envPattern.MatchString(name) {
			p.add(where, "is not an environment variable; use upper-case letters, digits and underscores")
		}
		switch what, _ := secretform.Of(env[name]); {
		case slices.Contains(ownKeys, name):
			p.add(where, "signs in to AWS in the place of the task's role; leave it out, and give the permission with uses")
		case secretName.MatchString(name):
			p.add(where, "looks like a secret, and this file is not a place for one; declare it under tenfold:secrets and use secret:<name>")
		case what != "":
			p.add(where, "holds %s, and this file is not a place for a secret; declare it under tenfold:secrets and use secret:<name>", what)
		}
	}
}
