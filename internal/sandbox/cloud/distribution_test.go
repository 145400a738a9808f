package cloud

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// distribution is a small distribution, with changes.
func distribution(changes map[string]any) map[string]any {
	inputs := map[string]any{"enabled": true,
		"origins":              []any{map[string]any{"originId": "app", "domainName": "origin.example.com"}},
		"defaultCacheBehavior": map[string]any{"targetOriginId": "app", "viewerProtocolPolicy": "redirect-to-https", "allowedMethods": []any{"GET", "HEAD"}, "cachedMethods": []any{"GET", "HEAD"}},
		"restrictions":         map[string]any{"geoRestriction": map[string]any{"restrictionType": "none"}},
		"viewerCertificate":    map[string]any{"cloudfrontDefaultCertificate": true}}
	for key, value := range changes {
		inputs[key] = value
	}
	return inputs
}

func viewerCertificate(arn string) map[string]any {
	return map[string]any{"acmCertificateArn": arn, "sslSupportMethod": "sni-only"}
}

// issued makes a certificate for a host and its subdomains in the region.
func (w *world) issued(name, domain string) {
	w.t.Helper()
	w.create(certificateType, name, map[string]any{"domainName": domain, "subjectAlternativeNames": []any{"*." + domain}, "validationMethod": "DNS"})
	w.create(recordType, name+"-proof", map[string]any{"zoneId": "$(zone)", "name": "$(" + name + ".domainValidationOptions[0].resourceRecordName)", "type": "CNAME", "ttl": 60,
		"records": []any{"$(" + name + ".domainValidationOptions[0].resourceRecordValue)"}})
	w.create("aws:acm/certificateValidation:CertificateValidation", name+"-issued", map[string]any{"certificateArn": "$(" + name + ")"})
}

func TestDistributionRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(account.ZoneType, "zone", map[string]any{"name": "example.com"})
	w.issued("here", "eu.example.com")
	unusable := "InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region"
	w.refuses(unusable, distributionType, distribution(map[string]any{"viewerCertificate": viewerCertificate("$(here)")}))

	w.region = "us-east-1"
	w.create(certificateType, "pending", map[string]any{"domainName": "late.example.com", "validationMethod": "DNS"})
	w.refuses(unusable, distributionType, distribution(map[string]any{"viewerCertificate": viewerCertificate("$(pending)")}))
	w.issued("certificate", "app.example.com")
	named := func(aliases ...any) map[string]any {
		return distribution(map[string]any{"aliases": aliases, "viewerCertificate": viewerCertificate("$(certificate)")})
	}
	w.refuses("InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME)", distributionType, named("www.example.com"))
	w.refuses("doesn't cover the alternate domain name", distributionType, named("a.b.app.example.com"))
	w.refuses("InvalidViewerCertificate: To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate", distributionType, distribution(map[string]any{"aliases": []any{"app.example.com"}}))
	w.refuses("NoSuchOrigin: One or more of your origins or origin groups do not exist.", distributionType, distribution(map[string]any{"origins": []any{map[string]any{"originId": "other", "domainName": "origin.example.com"}}}))

	w.create(distributionType, "site", named("app.example.com", "www.app.example.com"))
	w.keeps("ResourceInUseException: Certificate", "certificate")
	w.refuses("CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a different resource.", distributionType, named("www.app.example.com"))
	require.NoError(t, w.update("site", named("app.example.com")))
	w.create(distributionType, "other", named("www.app.example.com"))
}

func TestAWebACLStaysWithinItsScope(t *testing.T) {
	w := newWorld(t)
	w.network()
	acl := func(scope string) map[string]any {
		return map[string]any{"scope": scope, "defaultAction": map[string]any{"allow": map[string]any{}},
			"visibilityConfig": map[string]any{"cloudwatchMetricsEnabled": true, "metricName": "waf", "sampledRequestsEnabled": true}}
	}
	wrongScope := "WAFInvalidParameterException: Error reason: The scope is not valid., field: SCOPE_VALUE, parameter: CLOUDFRONT"
	w.refuses(wrongScope, webACLType, acl("CLOUDFRONT"))
	w.refuses(wrongScope, "aws:wafv2/ipSet:IpSet", map[string]any{"scope": "CLOUDFRONT", "ipAddressVersion": "IPV4", "addresses": []any{"198.51.100.0/24"}})
	w.create(webACLType, "regional", acl("REGIONAL"))
	w.create(loadBalancerType, "edge", map[string]any{"subnets": []any{"$(a)", "$(b)"}})
	w.create(loadBalancerType, "network", map[string]any{"loadBalancerType": "network", "subnets": []any{"$(a)", "$(b)"}})

	w.region = "us-east-1"
	w.create(webACLType, "global", acl("CLOUDFRONT"))
	w.refuses("InvalidWebACLId: Web ACL is not accessible by the requester.", distributionType, distribution(map[string]any{"webAclId": "$(regional.arn)"}))
	w.create(distributionType, "site", distribution(map[string]any{"webAclId": "$(global.arn)"}))
	w.keeps("WAFAssociatedItemException", "global")

	w.region = "eu-west-1"
	const association = "aws:wafv2/webAclAssociation:WebAclAssociation"
	w.refuses("field: RESOURCE_ARN, parameter: "+w.made["global"].text("arn"), association, map[string]any{"webAclArn": "$(global.arn)", "resourceArn": "$(edge)"})
	w.refuses("field: RESOURCE_ARN, parameter: "+w.made["network"].ID, association, map[string]any{"webAclArn": "$(regional.arn)", "resourceArn": "$(network)"})
	w.create(association, "protects", map[string]any{"webAclArn": "$(regional.arn)", "resourceArn": "$(edge)"})
}
