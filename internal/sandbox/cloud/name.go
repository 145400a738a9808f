package cloud

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const recordType = "aws:route53/record:Record"

// nameRules are those of Route 53.
var nameRules = map[string]hooks{
	account.ZoneType: {complete: completeZone, remove: refuseFullZone},
	recordType:       {prepare: prepareRecord, check: checkRecord, complete: completeRecord},
}

func completeZone(op *operation) error {
	if op.kind == account.OnCreate {
		servers := account.NameServers(op.random())
		op.properties["nameServers"] = resource.NewProperty(servers)
		op.properties["primaryNameServer"] = servers[0]
	}
	return nil
}

func refuseFullZone(op *operation) error {
	if flagAt(op.properties, "forceDestroy") {
		return nil
	}
	for _, user := range op.tx.Users(op.old.Key) {
		if user.Type == recordType {
			return refuse("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.")
		}
	}
	return nil
}

// prepareRecord completes the name with the zone's, as Route 53 shows it.
func prepareRecord(op *operation) error {
	zone, ok := op.get(account.ZoneType, textAt(op.properties, "zoneId"))
	if !ok {
		return nil
	}
	name := strings.ToLower(strings.TrimSuffix(textAt(op.properties, "name"), "."))
	apex := strings.TrimSuffix(zone.Text("name"), ".")
	switch {
	case name == "":
		name = apex
	case name != apex && !strings.HasSuffix(name, "."+apex):
		name += "." + apex
	}
	op.set("fqdn", name)
	return nil
}

func checkRecord(op *operation) error {
	kind, name := textAt(op.properties, "type"), textAt(op.properties, "fqdn")
	zone := op.targets["zoneId"]
	if zone == nil {
		return nil
	}
	if kind == "CNAME" && name == strings.TrimSuffix(zone.Text("name"), ".") {
		return refuse("InvalidChangeBatch", "[RRSet of type CNAME with DNS name %s. is not permitted at apex in zone %s.]", name, zone.Text("name"))
	}
	if len(valuesAt(op.properties, "aliases[]")) == 0 && len(textsAt(op.properties, "records[]")) == 0 {
		return refuse("InvalidInput", "Invalid XML ; cvc-complex-type: the record set '%s.' of type %s has neither records nor an alias target", name, kind)
	}
	return nil
}

// completeRecord takes the name and type within the zone, or takes them over.
func completeRecord(op *operation) error {
	kind, name, set := textAt(op.properties, "type"), textAt(op.properties, "fqdn"), textAt(op.properties, "setIdentifier")
	claim := strings.Join([]string{"record", textAt(op.properties, "zoneId"), name, kind, set}, " ")
	if op.kind == account.OnCreate {
		op.id = textAt(op.properties, "zoneId") + "_" + strings.TrimSuffix(strings.ToLower(textAt(op.properties, "name")), ".") + "_" + kind
		if set != "" {
			op.id += "_" + set
		}
		op.key = op.id
	}
	holder, taken := op.tx.Claimant(claim)
	if taken && (op.old == nil || holder.Key != op.old.Key) {
		if !flagAt(op.properties, "allowOverwrite") {
			return refuse("InvalidChangeBatch", "[Tried to create resource record set [name='%s.', type='%s'] but it already exists]", name, kind)
		}
		op.tx.Remove(holder.Key)
	}
	op.claims = append(op.claims, claim)
	return nil
}
