package api

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheEnvironmentLeadsHereAndReadsNoConfigurationOfAWS(t *testing.T) {
	server := start(t).server
	assert.Equal(t, []string{
		"TENFOLD_OFFLINE=" + server.url, "AWS_ENDPOINT_URL=" + server.url, "AWS_ACCESS_KEY_ID=offline", "AWS_SECRET_ACCESS_KEY=offline",
		"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
	}, server.Env())
}
