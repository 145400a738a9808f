package environment

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What stands right beside a value that is refused has to pass.
func TestTheValuesBesideTheRefusedOnesPass(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		values := small(t, stack)
		job := `{"image":"` + digestImage + `"}`
		set(t, values, "tenfold:jobs", `{"sga":`+job+`,"report-sg":`+job+`,"clock":{"image":"`+digestImage+`","schedule":"rate(1 hour)"}}`)
		for _, c := range []struct{ key, value string }{
			{"tenfold:jobs.clock.schedule", `"cron(59 23 31 12 ? 2199)"`},
			{"tenfold:services.one.check", `{"command":["CMD","/ready"],"interval":"5m","timeout":"1m","retries":10}`},
			{"tenfold:services.one.sidecars", `{"agent":{"image":"` + digestImage + `","check":{"command":["CMD","/ready"],"interval":"5s","timeout":"2s","retries":1}}}`},
			{"tenfold:services.one.login", `{"issuer":"https://id.example.com:8443/realm","authorizationURL":"https://id.example.com:8443/authorize?prompt=login","tokenURL":"https://id.example.com:443/token","userInfoURL":"https://id.example.com/me","clientID":"client","secret":"client","key":"planted_key"}`},
			{"tenfold:secrets.client", `{"description":"the client","keys":["planted_key"]}`},
			{"tenfold:services.two.env", `{"KEYBOARD":"x","ACCESS_KEYS":"x","AWS_REGION":"us-east-1","HOOK":"https://user@example.com/xoxb"}`},
			{"tenfold:database.backupDays", `7`},
			{"tenfold:network.endpoints", `["ecr.api","events","s3tables"]`},
		} {
			set(t, values, c.key, c.value)
		}
		_, err := Read(stack, values)
		assert.NoError(t, err, stack)
	}
}

// The policy pack holds what it refuses in every environment, so the file does too.
func TestWhatThePolicyPackRefusesEverywhereIsRefusedOutsideOfProductionToo(t *testing.T) {
	values := small(t, "dev")
	set(t, values, "tenfold:database.backupDays", `6`)
	set(t, values, "tenfold:services.two.image", `"repository:latest"`)
	_, err := Read("dev", values)
	require.Error(t, err)
	assert.ErrorContains(t, err, "tenfold:database.backupDays: 6 is out of range; allowed are 7 to 35")
	assert.ErrorContains(t, err, `tenfold:services.two.image: "repository:latest" means another program at every push, and the policy pack refuses it (ecs-task-image-pinned); name a tag that is never pushed twice, or a digest`)
	set(t, values, "tenfold:database.backupDays", `7`)
	set(t, values, "tenfold:services.two.image", `"repository:latest-1"`)
	_, err = Read("dev", values)
	assert.NoError(t, err)
}
