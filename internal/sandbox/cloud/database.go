package cloud

import (
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	clusterType     = "aws:rds/cluster:Cluster"
	instanceType    = "aws:rds/clusterInstance:ClusterInstance"
	snapshotType    = "aws:rds/clusterSnapshot:ClusterSnapshot"
	subnetGroupType = "aws:rds/subnetGroup:SubnetGroup"
)

// databaseRules are those of Aurora clusters.
var databaseRules = map[string]hooks{
	clusterType:                             {prepare: prepareCluster, check: checkCluster, complete: completeCluster, remove: removeCluster},
	instanceType:                            {check: checkInstance, complete: completeInstance, stored: joinCluster, removed: leaveCluster},
	subnetGroupType:                         {check: checkSubnetGroup, complete: completeSubnetGroup},
	"aws:rds/globalCluster:GlobalCluster":   {remove: detachMembers},
	"aws:rds/parameterGroup:ParameterGroup": {remove: retainIfSkipped},
	snapshotType:                            {complete: completeSnapshot},
}

// engineDefaults are what AWS takes for an engine when the program says nothing.
var engineDefaults = map[string]struct {
	version string
	port    float64
}{
	"aurora-postgresql": {"16.6", 5432}, "aurora-mysql": {"8.0.mysql_aurora.3.08.2", 3306}, "postgres": {"17.4", 5432}, "mysql": {"8.0.41", 3306},
}

func prepareCluster(op *operation) error {
	if snapshot, ok := op.get(snapshotType, textAt(op.properties, "snapshotIdentifier")); ok && op.kind == account.OnCreate {
		for _, property := range []resource.PropertyKey{"engineVersion", "port", "masterUsername", "databaseName", "storageEncrypted", "kmsKeyId"} {
			if value, has := snapshot.Properties[property]; has {
				if _, given := op.properties[property]; !given {
					op.properties[property] = value
				}
			}
		}
	}
	defaults, known := engineDefaults[textAt(op.properties, "engine")]
	if known {
		op.setIfAbsent("engineVersion", defaults.version)
		op.setIfAbsent("port", defaults.port)
	}
	op.setIfAbsent("engineMode", "provisioned")
	op.setIfAbsent("storageEncrypted", false)
	family := parameterFamily(textAt(op.properties, "engine"), textAt(op.properties, "engineVersion"))
	op.setIfAbsent("dbClusterParameterGroupName", "default."+family)
	if flagAt(op.properties, "storageEncrypted") {
		op.setIfAbsent("kmsKeyId", op.awsKey("rds"))
	}
	zones := Zones(op.Region)
	names := make([]any, 0, 3)
	for _, zone := range zones[:min(3, len(zones))] {
		names = append(names, zone.Name)
	}
	op.setIfAbsent("availabilityZones", names)
	op.setIfAbsent("clusterMembers", []any{})
	return nil
}

// awsKey is the ARN of the key AWS itself keeps for a service.
func (op *operation) awsKey(service string) string {
	return op.text("arn:${@partition}:kms:${@region}:${@account}:key/") + op.tx.Constant("aws key "+op.Region+" "+service).UUID()
}

// parameterFamily is the family of an engine version, such as aurora-postgresql16.
func parameterFamily(engine, version string) string {
	parts := strings.Split(version, ".")
	if strings.HasSuffix(engine, "mysql") && len(parts) > 1 {
		return engine + parts[0] + "." + parts[1]
	}
	return engine + parts[0]
}

func checkCluster(op *operation) error {
	if err := checkMasterUser(op); err != nil {
		return err
	}
	group := op.targets["dbClusterParameterGroupName"]
	family := parameterFamily(textAt(op.properties, "engine"), textAt(op.properties, "engineVersion"))
	if group != nil && group.Text("family") != family {
		return refuse("InvalidParameterCombination", "The Parameter Group %s with DBParameterGroupFamily %s can't be used for this instance. Please use a Parameter Group with DBParameterGroupFamily %s", group.Name, group.Text("family"), family)
	}
	if op.old == nil {
		return nil
	}
	return checkUpgrade(op)
}

func checkMasterUser(op *operation) error {
	if op.old != nil {
		return nil
	}
	for _, property := range []string{"snapshotIdentifier", "replicationSourceIdentifier", "restoreToPointInTime.sourceClusterIdentifier", "restoreToPointInTime.sourceClusterResourceId", "s3Import.bucketName"} {
		if textAt(op.properties, property) != "" {
			return nil
		}
	}
	if global := op.targets["globalClusterIdentifier"]; global != nil && len(valuesAt(resource.PropertyMap(global.Properties), "globalClusterMembers[]")) > 0 {
		return nil
	}
	if textAt(op.properties, "masterUsername") == "" {
		return refuse("InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank.")
	}
	if textAt(op.properties, "masterPassword") == "" && textAt(op.properties, "masterPasswordWo") == "" && !flagAt(op.properties, "manageMasterUserPassword") {
		return refuse("InvalidParameterCombination", "The parameter MasterUserPassword must be provided and must not be blank unless ManageMasterUserPassword is set.")
	}
	return nil
}

// checkUpgrade refuses a downgrade, and a major upgrade nobody allowed.
func checkUpgrade(op *operation) error {
	before, after := op.old.Text("engineVersion"), textAt(op.properties, "engineVersion")
	if before == after {
		return nil
	}
	engine := textAt(op.properties, "engine")
	if compareVersions(after, before) < 0 {
		return refuse("InvalidParameterCombination", "Cannot upgrade %s from %s to %s", engine, before, after)
	}
	if parameterFamily(engine, before) != parameterFamily(engine, after) && !flagAt(op.properties, "allowMajorVersionUpgrade") {
		return refuse("InvalidParameterCombination", "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
	}
	return nil
}

// compareVersions orders dotted versions by their numbers.
func compareVersions(a, b string) int {
	left, right := strings.Split(a, "."), strings.Split(b, ".")
	for index := range min(len(left), len(right)) {
		x, xErr := strconv.Atoi(left[index])
		y, yErr := strconv.Atoi(right[index])
		if xErr == nil && yErr == nil && x != y {
			return x - y
		}
	}
	return 0
}

func completeCluster(op *operation) error {
	zone := op.tx.Constant("rds zone " + op.Region).Lower(12)
	domain := zone + "." + op.Region + ".rds." + dnsSuffix(op.Region)
	op.set("endpoint", op.id+".cluster-"+domain)
	op.set("readerEndpoint", op.id+".cluster-ro-"+domain)
	if len(textsAt(op.properties, "vpcSecurityGroupIds[]")) == 0 {
		op.set("vpcSecurityGroupIds", op.defaultGroups())
	}
	return completeMasterSecret(op)
}

// defaultGroups is the default security group of the cluster's VPC.
func (op *operation) defaultGroups() []any {
	group := op.targets["dbSubnetGroupName"]
	if group == nil {
		return []any{}
	}
	vpc, ok := op.get(vpcType, group.Text("vpcId"))
	if !ok {
		return []any{}
	}
	return []any{vpc.Text("defaultSecurityGroupId")}
}

// completeMasterSecret makes the secret RDS keeps the password in, or removes it.
func completeMasterSecret(op *operation) error {
	owner := account.Key{Type: clusterType, ID: op.key}
	managed := flagAt(op.properties, "manageMasterUserPassword")
	existing := valuesAt(op.properties, "masterUserSecrets[]")
	if !managed {
		op.set("masterUserSecrets", []any{})
		for _, owned := range op.tx.Owned(owner) {
			if owned.Type == secretType {
				op.tx.Remove(owned.Key)
			}
		}
		return nil
	}
	if len(existing) > 0 {
		return nil
	}
	key := textAt(op.properties, "masterUserSecretKmsKeyId")
	if target := op.targets["masterUserSecretKmsKeyId"]; target != nil {
		key = target.ARN
	}
	if key == "" {
		key = op.awsKey("secretsmanager")
	}
	name := "rds!cluster-" + op.random().UUID()
	arn := op.text("arn:${@partition}:secretsmanager:${@region}:${@account}:secret:") + name + "-" + op.random().Mixed(6)
	op.tx.Put(&account.Resource{Key: account.Key{Type: secretType, ID: arn}, ARN: arn, Name: name, Region: op.Region, Origin: account.Companion,
		URN: string(op.URN), Owner: &owner, Properties: account.Properties{
			"arn": resource.NewProperty(arn), "name": resource.NewProperty(name), "kmsKeyId": resource.NewProperty(key),
			"description": resource.NewProperty("Secret associated with primary RDS DB cluster: " + op.text("arn:${@partition}:rds:${@region}:${@account}:cluster:") + op.id),
		}})
	op.properties["masterUserSecrets"] = resource.NewPropertyValue([]any{map[string]any{"secretArn": arn, "secretStatus": "active", "kmsKeyId": key}})
	return nil
}

// removeCluster takes the final snapshot, which outlives the cluster.
func removeCluster(op *operation) error {
	if flagAt(op.properties, "skipFinalSnapshot") {
		return nil
	}
	id := textAt(op.properties, "finalSnapshotIdentifier")
	if id == "" {
		return &Refusal{Message: "RDS Cluster final_snapshot_identifier is required when skip_final_snapshot is false"}
	}
	claim := "rds cluster snapshot " + op.Region + " " + id
	if _, taken := op.tx.Claimant(claim); taken {
		return refuse("DBClusterSnapshotAlreadyExistsFault", "Cannot create the cluster snapshot because one with the identifier %s already exists.", id)
	}
	for _, user := range op.tx.Users(op.old.Key) {
		if user.Type == instanceType {
			return refuse("InvalidDBClusterStateFault", "Cluster cannot be deleted, it still contains DB instances in non-deleting state.")
		}
	}
	arn := op.text("arn:${@partition}:rds:${@region}:${@account}:cluster-snapshot:") + id
	properties := account.Properties{"dbClusterSnapshotIdentifier": resource.NewProperty(id), "dbClusterSnapshotArn": resource.NewProperty(arn),
		"dbClusterIdentifier": resource.NewProperty(op.id), "status": resource.NewProperty("available"), "snapshotType": resource.NewProperty("manual")}
	for _, property := range []resource.PropertyKey{"engine", "engineVersion", "port", "masterUsername", "databaseName", "storageEncrypted", "kmsKeyId", "tags", "tagsAll"} {
		if value, ok := op.properties[property]; ok {
			properties[property] = value
		}
	}
	op.tx.Put(&account.Resource{Key: account.Key{Type: snapshotType, ID: id}, ARN: arn, Name: id, Region: op.Region, Origin: account.Companion,
		Status: account.Retained, URN: string(op.URN), Claims: []string{claim}, Properties: properties})
	return nil
}

// retainIfSkipped leaves the resource in the account when the program said so.
func retainIfSkipped(op *operation) error {
	if flagAt(op.properties, "skipDestroy") {
		op.keep = op.old.Clone()
		op.keep.Status = account.Retained
		op.keep.Uses = nil
	}
	return nil
}
