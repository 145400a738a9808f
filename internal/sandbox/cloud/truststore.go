package cloud

import "encoding/pem"

const trustStoreType = "aws:lb/trustStore:TrustStore"

// trustStoreRules are those of what load balancers verify clients with.
var trustStoreRules = map[string]hooks{
	trustStoreType: {check: checkTrustStore},
}

// checkMutualAuthentication wants a trust store exactly where clients are
// verified.
func checkMutualAuthentication(op *operation) error {
	mode, store := textAt(op.properties, "mutualAuthentication.mode"), textAt(op.properties, "mutualAuthentication.trustStoreArn")
	switch {
	case mode == "":
		return nil
	case mode == "verify" && store == "":
		return refuse("ValidationError", "Mutual Authentication mode verify requires a trust store")
	case mode != "verify" && store != "":
		return refuse("ValidationError", "Mutual Authentication mode %s does not support a trust store", mode)
	case mode != "verify" && flagAt(op.properties, "mutualAuthentication.ignoreClientCertificateExpiry"):
		return refuse("ValidationError", "Mutual Authentication mode %s does not support ignoring certificate expiry", mode)
	}
	return nil
}

// checkTrustStore refuses a bundle that is not in the bucket, and one whose text
// the account knows and that holds no certificate.
func checkTrustStore(op *operation) error {
	bucket, key := textAt(op.properties, "caCertificatesBundleS3Bucket"), textAt(op.properties, "caCertificatesBundleS3Key")
	bundle, ok := op.get(objectType, bucket+"/"+key)
	version := textAt(op.properties, "caCertificatesBundleS3ObjectVersion")
	if !ok || version != "" && version != bundle.Text("versionId") {
		return refuse("CaCertificatesBundleNotFound", "The specified ca certificate bundle does not exist.")
	}
	op.use(bundle)
	if content := bundle.Text("content"); content != "" {
		if block, _ := pem.Decode([]byte(content)); block == nil || block.Type != "CERTIFICATE" {
			return refuse("InvalidCaCertificatesBundle", "The specified ca certificate bundle is in an invalid format, or corrupt.")
		}
	}
	return nil
}
