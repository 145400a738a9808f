package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The file holds the roots that AWS publishes for RDS in all commercial regions.
// What is in it decides which servers the functions trust.
func TestTheBundledAuthoritiesAreTheRootsOfRDS(t *testing.T) {
	rest, err := os.ReadFile(caFile)
	require.NoError(t, err)
	found := map[string]bool{}
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		require.Equal(t, "CERTIFICATE", block.Type)
		root, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err)
		name := root.Subject.CommonName
		assert.True(t, root.IsCA, name)
		assert.NoError(t, root.CheckSignatureFrom(root), "%s is no root", name)
		assert.Equal(t, []string{"Amazon Web Services, Inc."}, root.Subject.Organization, name)
		assert.Equal(t, []string{"Amazon RDS"}, root.Subject.OrganizationalUnit, name)
		assert.True(t, strings.HasPrefix(name, "Amazon RDS ") && strings.HasSuffix(name, " G1"), name)
		assert.True(t, root.NotAfter.After(time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC)), "%s ends with %s", name, root.NotAfter)
		assert.False(t, found[name], "%s is there twice", name)
		found[name] = true
	}
	for _, region := range []string{"us-east-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-2"} {
		assert.True(t, found["Amazon RDS "+region+" Root CA RSA2048 G1"], region)
	}
	assert.GreaterOrEqual(t, len(found), 81, "27 regions, three kinds of key")
}
