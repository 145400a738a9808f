package account

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// ZoneType is the type of a Route 53 hosted zone.
const ZoneType = "aws:route53/zone:Zone"

// EnsureHostedZone makes sure the account has a public hosted zone for a
// domain, as a prerequisite no program manages, and returns its id.
func (a *Account) EnsureHostedZone(domain string) (string, error) {
	domain = strings.ToLower(strings.TrimSuffix(domain, "."))
	if domain == "" || strings.ContainsAny(domain, " /\\") {
		return "", fmt.Errorf("hosted zone: %q is not a domain name; write one such as example.com", domain)
	}
	var id string
	err := a.Update(func(tx *Tx) error {
		for _, zone := range tx.ByName(ZoneType, domain) {
			if zone.Status == Active && !zone.Flag("privateZone") {
				id = zone.ID
				return nil
			}
		}
		source := tx.Random("zone " + domain)
		id = "Z" + source.Upper(20)
		properties := resource.PropertyMap{
			"name": resource.NewProperty(domain), "zoneId": resource.NewProperty(id),
			"comment":     resource.NewProperty("prepared before the program ran"),
			"nameServers": nameServers(source), "arn": resource.NewProperty("arn:aws:route53:::hostedzone/" + id),
			"forceDestroy": resource.NewProperty(false),
		}
		properties["primaryNameServer"] = properties["nameServers"].ArrayValue()[0]
		tx.Put(&Resource{Key: Key{ZoneType, id}, ARN: "arn:aws:route53:::hostedzone/" + id, Name: domain,
			Origin: Prerequisite, Properties: Properties(properties)})
		return nil
	})
	return id, err
}

func nameServers(source *Source) resource.PropertyValue {
	servers := make([]resource.PropertyValue, 0, 4)
	for _, top := range []string{"com", "net", "org", "co.uk"} {
		servers = append(servers, resource.NewProperty(fmt.Sprintf("ns-%d.awsdns-%02d.%s", source.Int(2048), source.Int(64), top)))
	}
	return resource.NewProperty(servers)
}

// NameServers returns the four name servers of a delegation set.
func NameServers(source *Source) []resource.PropertyValue { return nameServers(source).ArrayValue() }
