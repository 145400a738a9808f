package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// bundle has the form of a certificate and the content of none.
const bundle = "-----BEGIN CERTIFICATE-----\ncGxhbnRlZA==\n-----END CERTIFICATE-----\n"

func TestTrustStoreRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(bucketType, "trust", map[string]any{"bucket": "trust-example"})
	store := map[string]any{"name": "clients", "caCertificatesBundleS3Bucket": "$(trust)", "caCertificatesBundleS3Key": "ca.pem"}
	missing := "CaCertificatesBundleNotFound: The specified ca certificate bundle does not exist."
	w.refuses(missing, trustStoreType, map[string]any{"caCertificatesBundleS3Bucket": "missing-example", "caCertificatesBundleS3Key": "ca.pem"})
	w.refuses(missing, trustStoreType, store)
	w.create(objectType, "text", map[string]any{"bucket": "$(trust)", "key": "ca.txt", "content": "planted"})
	w.refuses("InvalidCaCertificatesBundle: The specified ca certificate bundle is in an invalid format, or corrupt.", trustStoreType,
		map[string]any{"caCertificatesBundleS3Bucket": "$(trust)", "caCertificatesBundleS3Key": "ca.txt"})
	w.create(objectType, "authorities", map[string]any{"bucket": "$(trust)", "key": "ca.pem", "content": bundle})
	w.refuses(missing, trustStoreType, map[string]any{"caCertificatesBundleS3Bucket": "$(trust)", "caCertificatesBundleS3Key": "ca.pem", "caCertificatesBundleS3ObjectVersion": "another"})
	w.create(trustStoreType, "clients", store)
	assert.Regexp(t, `^truststore/clients/[0-9a-f]{16}$`, w.made["clients"].text("arnSuffix"))
	w.refuses("DuplicateTrustStoreName: A trust store with the same name 'clients' exists, but with different settings", trustStoreType, store)
}

func TestAListenerVerifiesClientsWithATrustStoreAndHoldsIt(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.create(account.ZoneType, "zone", map[string]any{"name": "example.com"})
	w.issued("certificate", "app.example.com")
	w.create(bucketType, "trust", map[string]any{"bucket": "trust-example"})
	w.create(objectType, "authorities", map[string]any{"bucket": "$(trust)", "key": "ca.pem", "content": bundle})
	w.create(trustStoreType, "clients", map[string]any{"caCertificatesBundleS3Bucket": "$(trust)", "caCertificatesBundleS3Key": "ca.pem"})
	w.create(loadBalancerType, "edge", map[string]any{"subnets": []any{"$(a)", "$(b)"}})
	https := func(mutual map[string]any) map[string]any {
		return map[string]any{"loadBalancerArn": "$(edge)", "port": 443, "protocol": "HTTPS", "certificateArn": "$(certificate)", "mutualAuthentication": mutual,
			"defaultActions": []any{map[string]any{"type": "fixed-response", "fixedResponse": map[string]any{"contentType": "text/plain", "statusCode": "404"}}}}
	}
	w.refuses("ValidationError: Mutual Authentication mode verify requires a trust store", listenerType, https(map[string]any{"mode": "verify"}))
	for _, mode := range []string{"off", "passthrough"} {
		w.refuses("ValidationError: Mutual Authentication mode "+mode+" does not support a trust store", listenerType, https(map[string]any{"mode": mode, "trustStoreArn": "$(clients)"}))
		w.refuses("ValidationError: Mutual Authentication mode "+mode+" does not support ignoring certificate expiry", listenerType, https(map[string]any{"mode": mode, "ignoreClientCertificateExpiry": true}))
	}
	w.refuses("TrustStoreNotFound", listenerType, https(map[string]any{"mode": "verify", "trustStoreArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:truststore/missing/0123456789abcdef"}))
	w.create(listenerType, "https", https(map[string]any{"mode": "verify", "trustStoreArn": "$(clients)"}))
	w.keeps("TrustStoreInUse: Trust store '"+w.made["clients"].ID+"' is currently in use by a listener", "clients")
	require.NoError(t, w.update("https", https(map[string]any{"mode": "off"})))
	require.NoError(t, w.remove("clients"))
}
