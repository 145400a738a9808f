// Package stateful is the reviewed list of resource types whose replacement or
// deletion loses data, or an identity that others rely on. The guard and the
// tier plan judge by it.
//
// A type is on the list when a new one in its place does not do: its content is
// gone, its name stays taken, or what points at it points nowhere. Instances of
// an Aurora cluster are not on it, because the data is in the cluster's storage
// and readers come and go. Caches and logs are not on it either.
package stateful

import (
	"maps"
	"slices"
)

// why maps a type to what is lost with one of it.
var why = map[string]string{
	"aws:backup/vault:Vault":                   "the recovery points in it",
	"aws:cloudwatch/eventArchive:EventArchive": "the archived events",
	"aws:cloudwatch/eventBus:EventBus":         "the name that producers send to and that rules and archives hang on",
	"aws:cognito/userPool:UserPool":            "the users with their passwords",
	"aws:dynamodb/table:Table":                 "the items",
	"aws:ec2/subnet:Subnet":                    "the addresses that the database, tasks and load balancer stand on",
	"aws:ec2/vpc:Vpc":                          "the network that everything else stands in",
	"aws:ecr/repository:Repository":            "the images, with those a rollback needs",
	"aws:efs/fileSystem:FileSystem":            "the files",
	"aws:kms/key:Key":                          "the only way to read what it encrypted",
	"aws:lb/loadBalancer:LoadBalancer":         "the DNS name that records point at",
	"aws:rds/cluster:Cluster":                  "the tenants' data and the point-in-time history",
	"aws:rds/globalCluster:GlobalCluster":      "the replication to the other regions",
	"aws:rds/instance:Instance":                "the database on it",
	"aws:rds/subnetGroup:SubnetGroup":          "the place of the database, which a cluster can never change",
	"aws:route53/zone:Zone":                    "the records and the name servers the domain is delegated to",
	"aws:s3/bucket:Bucket":                     "the objects, and the name to anyone who takes it",
	"aws:s3/bucketV2:BucketV2":                 "the objects, and the name to anyone who takes it",
	"aws:secretsmanager/secret:Secret":         "the value; the name stays taken while the secret can be recovered",
	"aws:sqs/queue:Queue":                      "the messages that wait, and the address producers send to",
}

// Lost says what is lost with a resource of the type; false for a type that
// holds no state.
func Lost(token string) (string, bool) {
	lost, ok := why[token]
	return lost, ok
}

// Types lists the types in alphabetical order.
func Types() []string { return slices.Sorted(maps.Keys(why)) }
