package edge

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// certificate is for the domain and every name one label below it. Both are
// proven by the same record. The domain is among the alternative names because
// ACM puts it there: an input that differs from what is read is a replacement.
func (b *builder) certificate() error {
	certificate, err := acm.NewCertificate(b.ctx, b.name, &acm.CertificateArgs{
		DomainName:              pulumi.String(b.args.Domain),
		SubjectAlternativeNames: pulumi.ToStringArray([]string{b.args.Domain, "*." + b.args.Domain}),
		ValidationMethod:        pulumi.String("DNS"),
	}, b.children()...)
	if err != nil {
		return err
	}
	proof := certificate.DomainValidationOptions.Index(pulumi.Int(0))
	record, err := route53.NewRecord(b.ctx, b.name+"-certificate", &route53.RecordArgs{
		ZoneId:  b.args.ZoneID.ToStringOutput(),
		Name:    proof.ResourceRecordName().Elem(),
		Type:    proof.ResourceRecordType().Elem(),
		Records: pulumi.StringArray{proof.ResourceRecordValue().Elem()},
		Ttl:     pulumi.Int(60),
	}, b.children()...)
	if err != nil {
		return err
	}
	b.validation, err = acm.NewCertificateValidation(b.ctx, b.name, &acm.CertificateValidationArgs{
		CertificateArn: certificate.Arn, ValidationRecordFqdns: pulumi.StringArray{record.Fqdn},
	}, b.children(pulumi.Timeouts(&pulumi.CustomTimeouts{Create: "30m"}))...)
	return err
}
