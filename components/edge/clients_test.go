package edge_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
)

const (
	listenerType   = "aws:lb/listener:Listener"
	trustStoreType = "aws:lb/trustStore:TrustStore"
	objectType     = "aws:s3/bucketObjectv2:BucketObjectv2"
	versioningType = "aws:s3/bucketVersioningV2:BucketVersioningV2"
)

// authority makes a certificate that may issue others, or may not.
func authority(t *testing.T, may bool) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "planted authority"}, IsCA: may, BasicConstraintsValid: true,
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func admitting(authorities string) edge.Args {
	args := required()
	args.ClientCertificates.Authorities = authorities
	return args
}

func TestOnlyClientsOfTheAuthoritiesAreAdmitted(t *testing.T) {
	first, second := authority(t, true), authority(t, true)
	c := deploy(t, "eu-west-1", serving(admitting("# an export\nsubject=planted\n"+first+"\n"+second)))
	componenttest.AssertHouse(t, &c.inventory, component, "edge")
	https := c.inventory.One(t, listenerType, "edge-https")
	assert.Equal(t, map[string]any{"mode": "verify", "trustStoreArn": "arn of " + trustStoreType + " edge", "ignoreClientCertificateExpiry": false},
		https.Input("mutualAuthentication"))
	assert.Nil(t, c.inventory.One(t, listenerType, "edge-http").Input("mutualAuthentication"))

	trust := c.inventory.One(t, trustStoreType, "edge")
	assert.Equal(t, map[string]any{
		"caCertificatesBundleS3Bucket": "edge-clients-bucket", "caCertificatesBundleS3Key": "authorities.pem",
		"caCertificatesBundleS3ObjectVersion": "version of edge-clients", "tags": map[string]any{"edge": "edge", "env": "test"},
	}, trust.Inputs.Mappable(), "another version of the object is read in place")
	object := c.inventory.One(t, objectType, "edge-clients")
	assert.Equal(t, first+second, object.Input("content"), "without what tools write around it")
	assert.True(t, c.waitsFor(t, object, versioningType, "edge-clients"), "an object from before has no version")
}

func TestTheBucketOfTheAuthoritiesIsAsLockedAsTheLogs(t *testing.T) {
	inv := deploy(t, "us-east-1", serving(admitting(authority(t, true)))).inventory
	for _, token := range []string{
		"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
		"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
	} {
		logs, clients := inv.One(t, token, "edge-logs").Inputs.Copy(), inv.One(t, token, "edge-clients").Inputs.Copy()
		delete(logs, "bucket")
		delete(clients, "bucket")
		assert.Equal(t, logs, clients, token)
	}
	const arn = "arn of aws:s3/bucketV2:BucketV2 edge-clients"
	assert.Equal(t, map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Sid": "DenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": []any{"s3:*"}, "Resource": []any{arn, arn + "/*"},
		"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
	}}}, inv.One(t, policyType, "edge-clients").JSON(t, "policy"))
	assert.Equal(t, "Enabled", inv.One(t, versioningType, "edge-clients").Input("versioningConfiguration.status"))
	assert.False(t, inv.Has(versioningType, "edge-logs"))
	bucket := inv.One(t, "aws:s3/bucketV2:BucketV2", "edge-clients")
	assert.True(t, bucket.Protect)
	assert.Equal(t, false, bucket.Input("forceDestroy"))
	assert.Equal(t, []any{map[string]any{
		"id": "expire", "status": "Enabled", "filter": map[string]any{"prefix": ""}, "noncurrentVersionExpiration": map[string]any{"noncurrentDays": 90.0},
		"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7.0},
	}}, inv.One(t, "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", "edge-clients").Input("rules"))

	args := admitting(authority(t, true))
	args.Disposable = true
	bucket = deploy(t, "us-east-1", serving(args)).inventory.One(t, "aws:s3/bucketV2:BucketV2", "edge-clients")
	assert.False(t, bucket.Protect)
	assert.Equal(t, true, bucket.Input("forceDestroy"))
}

func TestWithoutAuthoritiesTheListenerSaysThatItAsksForNone(t *testing.T) {
	inv := build(t, required())
	assert.Equal(t, map[string]any{"mode": "off"}, inv.One(t, listenerType, "edge-https").Input("mutualAuthentication"))
	assert.Empty(t, inv.ByType(trustStoreType))
}

func TestAuthoritiesAreRefusedWithEverythingThatIsWrongAndAreNotShown(t *testing.T) {
	good, leaf := authority(t, true), authority(t, false)
	secret := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("planted, not a key")}))
	unreadable := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("planted")}))
	damaged := strings.Replace(good, "-----END CERTIFICATE-----", "-----END", 1)
	const field = `edge "edge": ClientCertificates.Authorities `
	for name, c := range map[string]struct{ authorities, want string }{
		"all kinds": {good + secret + leaf + unreadable, field + "must hold certificates only, and block 2 is something else; remove it, and if it is a private key, replace that key\n" +
			field + "must hold certificates of authorities, and block 3 may issue none; pass the certificate of the authority that issues the clients'\n" +
			field + "holds, as block 4, a certificate that cannot be read; export it again"},
		"no PEM":        {"planted", field + "must hold at least one certificate as PEM, and holds none"},
		"a damaged one": {good + damaged, field + "begins 2 blocks, and only 1 can be read; export the others again"},
		"too many":      {strings.Repeat(good, 26), field + "must hold at most 25 certificates, got 26; AWS takes no more"},
	} {
		t.Run(name, func(t *testing.T) {
			assert.EqualError(t, refusal(t, admitting(c.authorities)), c.want)
		})
	}
}
