package cloud

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// call is one invoke.
type invocation struct {
	tx        *account.Tx
	region    string
	arguments resource.PropertyMap
}

type function func(*invocation) (map[string]any, error)

// functions are the invokes the cloud answers, by Pulumi token.
var functions = map[string]function{
	"aws:index/getCallerIdentity:getCallerIdentity":          callerIdentity,
	"aws:index/getRegion:getRegion":                          region,
	"aws:index/getPartition:getPartition":                    partition,
	"aws:index/getAvailabilityZones:getAvailabilityZones":    availabilityZones,
	"aws:cloudwatch/getLogGroups:getLogGroups":               logGroups,
	"aws:route53/getZone:getZone":                            hostedZone,
	"aws:ec2/getManagedPrefixList:getManagedPrefixList":      managedPrefixList,
	"aws:ec2/getPrefixList:getPrefixList":                    prefixList,
	"aws:elb/getServiceAccount:getServiceAccount":            serviceAccount,
	"aws:ecr/getImage:getImage":                              image,
	"aws:rds/getEngineVersion:getEngineVersion":              engineVersion,
	"aws:secretsmanager/getSecret:getSecret":                 getSecret,
	"aws:secretsmanager/getSecretVersion:getSecretVersion":   getSecretVersion,
	"aws:secretsmanager/getSecretVersions:getSecretVersions": getSecretVersions,
	"aws:ssm/getParameter:getParameter":                      getParameter,
	"aws:iam/getPolicyDocument:getPolicyDocument":            policyDocumentOf,
}

// Invoke answers a function call from the account and the region.
func (c *Cloud) Invoke(token, region string, arguments resource.PropertyMap) (resource.PropertyMap, error) {
	answer, known := functions[token]
	if !known {
		return nil, fmt.Errorf("unknown function: the offline cloud answers %s", strings.Join(nearestFunctions(token), ", "))
	}
	if override, ok := arguments["region"]; ok && override.IsString() {
		region = override.StringValue()
	}
	var result map[string]any
	err := c.account.View(func(tx *account.Tx) error {
		var err error
		result, err = answer(&invocation{tx: tx, region: region, arguments: arguments})
		return err
	})
	if err != nil {
		return nil, err
	}
	properties := arguments.Copy()
	for name, value := range result {
		properties[resource.PropertyKey(name)] = resource.NewPropertyValue(value)
	}
	return properties, nil
}

// nearestFunctions lists the functions of the same module, or all.
func nearestFunctions(token string) []string {
	all := slices.Sorted(maps.Keys(functions))
	module, _, _ := strings.Cut(token, "/")
	same := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return !strings.HasPrefix(name, module+"/") })
	if len(same) > 0 {
		return same
	}
	return all
}

func (c *invocation) text(name string) string { return textAt(c.arguments, name) }

func callerIdentity(c *invocation) (map[string]any, error) {
	id := c.tx.AccountID()
	return map[string]any{"id": id, "accountId": id, "arn": fmt.Sprintf("arn:%s:iam::%s:user/sandbox", Partition(c.region), id),
		"userId": "AIDA" + c.tx.Constant("caller").Upper(17)}, nil
}

// regionPlaces are the descriptions the regions' API gives.
var regionPlaces = map[string]string{"us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)",
	"us-west-2": "US West (Oregon)", "ca-central-1": "Canada (Central)", "sa-east-1": "South America (Sao Paulo)", "eu-central-1": "Europe (Frankfurt)",
	"eu-west-1": "Europe (Ireland)", "eu-west-2": "Europe (London)", "eu-west-3": "Europe (Paris)", "eu-north-1": "Europe (Stockholm)",
	"ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)", "ap-northeast-1": "Asia Pacific (Tokyo)",
	"ap-northeast-2": "Asia Pacific (Seoul)", "ap-south-1": "Asia Pacific (Mumbai)"}

func region(c *invocation) (map[string]any, error) {
	name := c.region
	if given := c.text("name"); given != "" {
		name = given
	}
	if !KnownRegion(name) {
		return nil, fmt.Errorf("region not found for name: %s", name)
	}
	return map[string]any{"id": name, "name": name, "endpoint": "ec2." + name + "." + dnsSuffix(name), "description": regionPlaces[name]}, nil
}

func partition(c *invocation) (map[string]any, error) {
	name := Partition(c.region)
	suffix := dnsSuffix(c.region)
	parts := strings.Split(suffix, ".")
	slices.Reverse(parts)
	return map[string]any{"id": name, "partition": name, "dnsSuffix": suffix, "reverseDnsPrefix": strings.Join(parts, ".")}, nil
}

func availabilityZones(c *invocation) (map[string]any, error) {
	excludedNames, excludedIDs := textsAt(c.arguments, "excludeNames[]"), textsAt(c.arguments, "excludeZoneIds[]")
	var names, ids []any
	for _, zone := range Zones(c.region) {
		if !slices.Contains(excludedNames, zone.Name) && !slices.Contains(excludedIDs, zone.ID) {
			names, ids = append(names, zone.Name), append(ids, zone.ID)
		}
	}
	return map[string]any{"id": c.region, "names": names, "zoneIds": ids, "groupNames": []any{c.region}}, nil
}

func hostedZone(c *invocation) (map[string]any, error) {
	name, id := strings.TrimSuffix(c.text("name"), "."), c.text("zoneId")
	if name == "" && id == "" {
		return nil, fmt.Errorf("either name or zone_id must be set")
	}
	var found []*account.Resource
	for _, zone := range c.tx.ByType(account.ZoneType) {
		private := len(valuesAt(resource.PropertyMap(zone.Properties), "vpcs[]")) > 0
		if zone.Exists() && (id == "" || zone.ID == id) && (name == "" || strings.TrimSuffix(zone.Text("name"), ".") == name) && private == flagAt(c.arguments, "privateZone") {
			found = append(found, zone)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no matching Route 53 Hosted Zone found")
	}
	if len(found) > 1 {
		return nil, fmt.Errorf("multiple Route 53 Hosted Zones matched; use additional constraints to reduce matches to a single Route 53 Hosted Zone")
	}
	zone := found[0]
	result := map[string]any{"id": zone.ID, "zoneId": zone.ID, "name": strings.TrimSuffix(zone.Text("name"), "."), "arn": zone.ARN, "comment": zone.Text("comment"),
		"callerReference": "", "linkedServicePrincipal": "", "linkedServiceDescription": "", "privateZone": flagAt(c.arguments, "privateZone"),
		"resourceRecordSetCount": 2.0, "primaryNameServer": zone.Text("primaryNameServer"), "tags": map[string]any{}}
	servers := []any{}
	for _, server := range textsAt(resource.PropertyMap(zone.Properties), "nameServers[]") {
		servers = append(servers, server)
	}
	result["nameServers"] = servers
	for _, user := range c.tx.Users(zone.Key) {
		if user.Type == recordType {
			result["resourceRecordSetCount"] = result["resourceRecordSetCount"].(float64) + 1
		}
	}
	return result, nil
}

// managedPrefixLists are AWS's own lists, with the ids they have in us-east-1.
var managedPrefixLists = map[string]string{"com.amazonaws.global.cloudfront.origin-facing": "pl-3b927c52",
	"com.amazonaws.us-east-1.s3": "pl-63a5400a", "com.amazonaws.us-east-1.dynamodb": "pl-02cd2c6b"}

func findPrefixList(c *invocation) (id, name string, err error) {
	id, name = c.text("id")+c.text("prefixListId"), c.text("name")
	for _, filter := range valuesAt(c.arguments, "filters[]") {
		if filter.IsObject() && textAt(filter.ObjectValue(), "name") == "prefix-list-name" {
			name = textAt(filter.ObjectValue(), "values[]")
		}
	}
	for known, knownID := range managedPrefixLists {
		if name == known || id == knownID {
			return knownID, known, nil
		}
	}
	service := strings.TrimPrefix(name, "com.amazonaws."+c.region+".")
	if service == "s3" || service == "dynamodb" || name == "com.amazonaws.global.cloudfront.origin-facing" {
		return "pl-" + c.tx.Constant("prefix list "+name).Hex(8), name, nil
	}
	return "", "", fmt.Errorf("no matching EC2 Managed Prefix List found")
}

func managedPrefixList(c *invocation) (map[string]any, error) {
	id, name, err := findPrefixList(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": id, "name": name, "arn": fmt.Sprintf("arn:%s:ec2:%s:aws:prefix-list/%s", Partition(c.region), c.region, id),
		"addressFamily": "IPv4", "maxEntries": 55.0, "ownerId": "AWS", "version": 1.0, "entries": []any{}, "tags": map[string]any{}}, nil
}

func prefixList(c *invocation) (map[string]any, error) {
	id, name, err := findPrefixList(c)
	if err != nil {
		return nil, err
	}
	return map[string]any{"id": id, "name": name, "cidrBlocks": []any{}}, nil
}

// balancerAccounts write access logs in the regions that predate the log
// delivery service, as the ELB guide lists them.
var balancerAccounts = map[string]string{"us-east-1": "127311923021", "us-east-2": "033677994240", "us-west-1": "027434742980", "us-west-2": "797873946194",
	"ca-central-1": "985666609251", "eu-central-1": "054676820928", "eu-west-1": "156460612806", "eu-west-2": "652711504416", "eu-west-3": "009996457667",
	"eu-north-1": "897822967062", "ap-southeast-1": "114774131450", "ap-southeast-2": "783225319266", "ap-northeast-1": "582318560864",
	"ap-northeast-2": "600734575887", "ap-south-1": "718504428378", "sa-east-1": "507241528517"}

func serviceAccount(c *invocation) (map[string]any, error) {
	id, known := balancerAccounts[c.region]
	if !known {
		return nil, fmt.Errorf("unknown region (%s)", c.region)
	}
	return map[string]any{"id": id, "arn": fmt.Sprintf("arn:%s:iam::%s:root", Partition(c.region), id)}, nil
}
