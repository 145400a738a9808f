package edge

import (
	"crypto/x509"
	"encoding/pem"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// ClientCertificates admits only clients that show a certificate of a known
// authority (mutual TLS): for partners and devices. It holds for everything on
// the edge, so people with browsers want an edge of their own. Services receive
// who the client is in headers such as X-Amzn-Mtls-Clientcert-Subject. About 4
// USD a month.
//
// Other authorities are taken over in place. Taking ClientCertificates away
// first takes them off the listener, and then deletes the bucket that holds the
// authorities: unless the edge is Disposable, Pulumi refuses that until someone
// has emptied the bucket and run pulumi state unprotect on it.
type ClientCertificates struct {
	// Authorities are the certificates of up to 25 authorities whose certificates
	// are admitted, as PEM, and nothing else. Default: clients show no certificate.
	Authorities string
}

// maxAuthorities is how many authorities a trust store holds.
const maxAuthorities = 25

// on tells whether clients have to show a certificate.
func (c ClientCertificates) on() bool { return c.Authorities != "" }

// bundle checks the authorities and returns them as AWS reads them: the blocks
// alone, without the comments that tools write around them. Nothing of what is
// refused is quoted, because it may be a private key.
func (c ClientCertificates) bundle(l *problem.List) string {
	if !c.on() {
		return ""
	}
	const field = "ClientCertificates.Authorities"
	var clean strings.Builder
	count := 0
	for rest := []byte(c.Authorities); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		count++
		if block.Type != "CERTIFICATE" {
			l.Addf("%s must hold certificates only, and block %d is something else; remove it, and if it is a private key, replace that key", field, count)
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil:
			l.Addf("%s holds, as block %d, a certificate that cannot be read; export it again", field, count)
		case !certificate.BasicConstraintsValid || !certificate.IsCA:
			l.Addf("%s must hold certificates of authorities, and block %d may issue none; pass the certificate of the authority that issues the clients'", field, count)
		}
		clean.Write(pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes}))
	}
	l.Check(count > 0, "%s must hold at least one certificate as PEM, and holds none", field)
	l.Check(count <= maxAuthorities, "%s must hold at most %d certificates, got %d; AWS takes no more", field, maxAuthorities, count)
	if begun := strings.Count(c.Authorities, "-----BEGIN "); count > 0 {
		l.Check(begun == count, "%s begins %d blocks, and only %d can be read; export the others again", field, begun, count)
	}
	return clean.String()
}

// clients makes the trust store of the authorities. The listener keeps its name,
// so its authorities are replaced in place: the object's version tells AWS that
// there is something new to read.
func (b *builder) clients() error {
	if !b.args.ClientCertificates.on() {
		return nil
	}
	name := b.name + "-clients"
	bucket, _, err := b.newBucket(store{
		name: name,
		// Old versions show who was admitted when, for as long as the access logs.
		expiry: s3.BucketLifecycleConfigurationV2RuleArgs{
			NoncurrentVersionExpiration: s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{NoncurrentDays: pulumi.Int(b.args.LogRetentionDays)},
		},
	})
	if err != nil {
		return err
	}
	versioning, err := s3.NewBucketVersioningV2(b.ctx, name, &s3.BucketVersioningV2Args{
		Bucket:                  bucket.ID(),
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	}, b.children()...)
	if err != nil {
		return err
	}
	bundle, err := s3.NewBucketObjectv2(b.ctx, name, &s3.BucketObjectv2Args{
		Bucket: bucket.ID(), Key: pulumi.String("authorities.pem"),
		Content: pulumi.String(b.plan.authorities), ContentType: pulumi.String("application/x-pem-file"),
	}, b.children(pulumi.DependsOn([]pulumi.Resource{versioning}))...)
	if err != nil {
		return err
	}
	// The name has room for eight more characters of at most 32.
	b.trust, err = lb.NewTrustStore(b.ctx, b.name, &lb.TrustStoreArgs{
		CaCertificatesBundleS3Bucket:        bucket.Bucket,
		CaCertificatesBundleS3Key:           bundle.Key,
		CaCertificatesBundleS3ObjectVersion: bundle.VersionId,
		Tags:                                b.tags(),
	}, b.children()...)
	return err
}

// mutualAuthentication is written out when it is off, too: the provider ignores
// a block that goes away, and clients without a certificate would stay refused.
func (b *builder) mutualAuthentication() lb.ListenerMutualAuthenticationArgs {
	if b.trust == nil {
		return lb.ListenerMutualAuthenticationArgs{Mode: pulumi.String("off")}
	}
	return lb.ListenerMutualAuthenticationArgs{
		Mode: pulumi.String("verify"), TrustStoreArn: b.trust.Arn, IgnoreClientCertificateExpiry: pulumi.Bool(false),
	}
}
