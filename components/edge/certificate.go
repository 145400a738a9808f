package edge

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// certificates are the ARNs of the issued certificates. CloudFront takes one of
// us-east-1 only, so there are two of them in another region.
type certificates struct{ balancer, cdn pulumi.StringOutput }

// certificate has the certificate issued, and another one in us-east-1 when
// CloudFront needs it. Each is for the domain and every name one label below it.
func (b *builder) certificate() error {
	certificate, err := b.request(b.name)
	if err != nil {
		return err
	}
	// The record depends on the domain and the account alone, so it proves both
	// names and both certificates.
	proof := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	b.proof, err = route53.NewRecord(b.ctx, b.name+"-certificate", &route53.RecordArgs{
		ZoneId:  b.args.ZoneID.ToStringOutput(),
		Name:    proof.ResourceRecordName().Elem(),
		Type:    proof.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{proof.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(60),
	}, b.children()...)
	if err != nil {
		return err
	}
	b.certificates.balancer, err = b.validated(b.name, certificate)
	b.certificates.cdn = b.certificates.balancer
	if err != nil || len(b.global) == 0 {
		return err
	}
	second, err := b.request(b.name+"-cdn", b.global...)
	if err != nil {
		return err
	}
	b.certificates.cdn, err = b.validated(b.name+"-cdn", second, b.global...)
	return err
}

// request asks for a certificate. The domain is among the alternative names
// because ACM puts it there: an input that differs from what is read is a
// replacement.
func (b *builder) request(name string, where ...pulumi.ResourceOption) (*acm.Certificate, error) {
	return acm.NewCertificate(b.ctx, name, &acm.CertificateArgs{
		DomainName:              pulumi.String(b.args.Domain),
		SubjectAlternativeNames: pulumi.ToStringArray([]string{b.args.Domain, "*." + b.args.Domain}),
		ValidationMethod:        pulumi.String("DNS"),
	}, b.children(where...)...)
}

// validated is the certificate's ARN once it is issued.
func (b *builder) validated(name string, certificate *acm.Certificate, where ...pulumi.ResourceOption) (pulumi.StringOutput, error) {
	validation, err := acm.NewCertificateValidation(b.ctx, name, &acm.CertificateValidationArgs{
		CertificateArn: certificate.Arn, ValidationRecordFqdns: pulumi.StringArray{b.proof.Fqdn},
	}, b.children(append(where, pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "30m"}))...)...)
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return validation.CertificateArn, nil
}
