package cloud

import (
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const certificateType = "aws:acm/certificate:Certificate"

// certificateRules are those of ACM.
var certificateRules = map[string]hooks{
	certificateType: {complete: completeCertificate},
	"aws:acm/certificateValidation:CertificateValidation": {check: checkValidation, stored: issue},
}

// completeCertificate lists the records that prove the domains are one's own. A
// domain and its wildcard share one record, and so do the certificates of an
// account for one domain in all regions, as they do at ACM.
func completeCertificate(op *operation) error {
	if op.kind != account.OnCreate {
		return nil
	}
	if textAt(op.properties, "certificateBody") != "" {
		op.set("status", "ISSUED")
		op.set("type", "IMPORTED")
		op.set("domainValidationOptions", []any{})
		return nil
	}
	domain := op.name()
	domains := []string{domain}
	for _, name := range textsAt(op.properties, "subjectAlternativeNames[]") {
		if name != domain {
			domains = append(domains, name)
		}
	}
	names := make([]any, 0, len(domains))
	options := make([]any, 0, len(domains))
	records := map[string][2]string{}
	for _, name := range domains {
		names = append(names, name)
		base := strings.TrimPrefix(name, "*.")
		if _, made := records[base]; !made {
			of := op.tx.Constant("certificate of " + base)
			records[base] = [2]string{"_" + of.Hex(32) + "." + base + ".", "_" + of.Hex(32) + "." + of.Lower(10) + ".acm-validations.aws."}
		}
		options = append(options, map[string]any{"domainName": name, "resourceRecordName": records[base][0],
			"resourceRecordType": "CNAME", "resourceRecordValue": records[base][1]})
	}
	// ACM lists the domain among the alternative names, and the provider leaves
	// that out of account when names are given; so the given names stay.
	op.setIfAbsent("subjectAlternativeNames", names)
	if textAt(op.properties, "validationMethod") == "EMAIL" {
		options = []any{}
	}
	op.set("domainValidationOptions", options)
	return nil
}

// checkValidation refuses to call a certificate valid whose records are not in
// any zone: the provider would wait for it in vain.
func checkValidation(op *operation) error {
	certificate := op.targets["certificateArn"]
	if certificate == nil {
		return nil
	}
	for _, option := range valuesAt(resource.PropertyMap(certificate.Properties), "domainValidationOptions[]") {
		name := textAt(option.ObjectValue(), "resourceRecordName")
		if !op.resolves(name, textAt(option.ObjectValue(), "resourceRecordValue")) {
			return &Refusal{Message: "waiting for ACM Certificate (" + certificate.ARN + ") to be issued: timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION', timeout: 1h15m0s); no record " + strings.TrimSuffix(name, ".") + " with the value ACM expects exists in a hosted zone of the account"}
		}
	}
	return nil
}

// resolves reports whether a CNAME record with the value exists.
func (op *operation) resolves(name, value string) bool {
	for _, record := range op.tx.ByType(recordType) {
		if record.Text("type") != "CNAME" || strings.TrimSuffix(record.Text("fqdn"), ".") != strings.TrimSuffix(name, ".") {
			continue
		}
		for _, target := range textsAt(resource.PropertyMap(record.Properties), "records[]") {
			if strings.TrimSuffix(target, ".") == strings.TrimSuffix(value, ".") {
				return true
			}
		}
	}
	return false
}

func issue(op *operation, _ *account.Resource) error {
	certificate := op.targets["certificateArn"]
	if certificate == nil {
		return nil
	}
	next := certificate.Clone()
	next.Properties["status"] = resource.NewProperty("ISSUED")
	next.Properties["renewalEligibility"] = resource.NewProperty("ELIGIBLE")
	now := op.tx.Now()
	next.Properties["notBefore"] = resource.NewProperty(now.Truncate(24 * time.Hour).Format(time.RFC3339))
	next.Properties["notAfter"] = resource.NewProperty(now.Truncate(24 * time.Hour).Add(395*24*time.Hour - time.Second).Format(time.RFC3339))
	op.tx.Put(next)
	return nil
}
