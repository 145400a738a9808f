package cloud

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// distributionRules are those of CloudFront.
var distributionRules = map[string]hooks{
	distributionType: {check: checkDistribution, complete: claimAliases},
}

func checkDistribution(op *operation) error {
	if err := checkViewerCertificate(op); err != nil {
		return err
	}
	if acl := op.targets["webAclId"]; acl != nil && acl.Text("scope") != "CLOUDFRONT" {
		return refuse("InvalidWebACLId", "Web ACL is not accessible by the requester.")
	}
	return checkOrigins(op)
}

// aliasHelp ends what CloudFront says about alternate domain names.
const aliasHelp = "For more details, see: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-requirements"

// checkViewerCertificate refuses a certificate of another region, one that is not
// issued, and one that does not name every alias.
func checkViewerCertificate(op *operation) error {
	certificate, aliases := op.targets["viewerCertificate.acmCertificateArn"], textsAt(op.properties, "aliases[]")
	if certificate == nil {
		if len(aliases) > 0 && flagAt(op.properties, "viewerCertificate.cloudfrontDefaultCertificate") {
			return refuse("InvalidViewerCertificate", "To add an alternate domain name (CNAME) to a CloudFront distribution, you must attach a trusted certificate that validates your authorization to use the domain name. %s", aliasHelp)
		}
		return nil
	}
	if certificate.Region != "us-east-1" || certificate.Text("status") != "ISSUED" {
		return refuse("InvalidViewerCertificate", "The specified SSL certificate doesn't exist, isn't in us-east-1 region, isn't valid, or doesn't include a valid certificate chain.")
	}
	for _, alias := range aliases {
		if !covers(certificate, alias) {
			return refuse("InvalidViewerCertificate", "The certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME) that you're trying to add. %s", aliasHelp)
		}
	}
	return nil
}

// covers reports whether a certificate is for a host; a wildcard stands for one
// label.
func covers(certificate *account.Resource, host string) bool {
	names := append(textsAt(resource.PropertyMap(certificate.Properties), "subjectAlternativeNames[]"), certificate.Text("domainName"))
	_, parent, _ := strings.Cut(host, ".")
	return slices.Contains(names, host) || slices.Contains(names, "*."+parent)
}

// checkOrigins refuses a behavior that sends to an origin the distribution does
// not have.
func checkOrigins(op *operation) error {
	origins := append(textsAt(op.properties, "origins[].originId"), textsAt(op.properties, "originGroups[].originId")...)
	wanted := append(textsAt(op.properties, "defaultCacheBehavior.targetOriginId"), textsAt(op.properties, "orderedCacheBehaviors[].targetOriginId")...)
	for _, origin := range wanted {
		if !slices.Contains(origins, origin) {
			return refuse("NoSuchOrigin", "One or more of your origins or origin groups do not exist.")
		}
	}
	return nil
}

// claimAliases takes the host names, which one distribution may have at a time.
func claimAliases(op *operation) error {
	for _, alias := range textsAt(op.properties, "aliases[]") {
		claim := "cloudfront alias " + alias
		if holder, taken := op.tx.Claimant(claim); taken && (op.old == nil || holder.Key != op.old.Key) {
			return refuse("CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a different resource.")
		}
		op.claims = append(op.claims, claim)
	}
	return nil
}
