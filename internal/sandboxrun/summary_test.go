package sandboxrun

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func summaries(types ...string) []account.Summary {
	var list []account.Summary
	for _, typ := range types {
		list = append(list, account.Summary{Type: typ, ID: "x"})
	}
	return list
}

func TestSummaryCountsByKindInTheGroupsOfAReader(t *testing.T) {
	var out strings.Builder
	WriteSummary(&out, "dev", summaries(
		"datadog:index/monitor:Monitor", "aws:ec2/subnet:Subnet", "aws:ec2/subnet:Subnet", "aws:ec2/vpc:Vpc",
		"aws:ec2/securityGroup:SecurityGroup", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
		"aws:ecs/service:Service", "aws:rds/cluster:Cluster", "aws:sqs/queue:Queue",
		"aws:cloudwatch/eventBus:EventBus", "aws:cloudwatch/logGroup:LogGroup", "aws:quantum/thing:Thing",
	))
	assert.Equal(t, `
dev: 12 resources

  network       3  Subnet 2, Vpc
  compute       1  Service
  data          1  Cluster
  messaging     2  EventBus, Queue
  security      2  SecurityGroup, SecurityGroupIngressRule
  monitoring    2  LogGroup, Monitor
  other         1  Thing
`, out.String())
}

func TestALongListOfKindsIsBrokenIntoLines(t *testing.T) {
	assert.Equal(t, []string{"aa, bb,", "cc,", "dddddddddd"}, wrap([]string{"aa,", "bb,", "cc,", "dddddddddd"}, 8))
}

func TestOutputsAreSortedByPathAndSecretsStayHidden(t *testing.T) {
	var out strings.Builder
	WriteOutputs(&out, auto.OutputMap{
		"url":      {Value: map[string]any{"web": "https://app.example.com", "api": "https://api.example.com"}},
		"cluster":  {Value: "tenfold-dev"},
		"token":    {Value: "hidden", Secret: true},
		"subnets":  {Value: []any{"subnet-1", "subnet-2"}},
		"replicas": {Value: float64(2)},
	})
	assert.Equal(t, `
outputs:
  cluster   tenfold-dev
  replicas  2
  subnets   subnet-1, subnet-2
  token     (secret)
  url.api   https://api.example.com
  url.web   https://app.example.com
`, out.String())
}

func TestTheAccountIsListedWithWhatWasThereBeforeAndWhatIsKept(t *testing.T) {
	var out strings.Builder
	WriteAccount(&out, account.Listing{
		Resources: []account.Summary{
			{Type: "aws:ec2/vpc:Vpc", ID: "vpc-0a", LogicalName: "main"},
			{Type: "aws:sqs/queue:Queue", ID: "https://sqs/jobs", Name: "jobs", LogicalName: "jobs-queue"},
		},
		Prerequisites: []account.Summary{{Type: "aws:route53/zone:Zone", ID: "Z1", Name: "example.com"}},
		Kept:          []account.Summary{{Type: "aws:kms/key:Key", ID: "k-1", LogicalName: "data"}},
	})
	assert.Equal(t, `resources (2)
  aws:ec2/vpc:Vpc      main  vpc-0a
  aws:sqs/queue:Queue  jobs  https://sqs/jobs
there before, managed by no stack (1)
  aws:route53/zone:Zone  example.com  Z1
deleted, and kept by AWS for a while or for ever (1)
  aws:kms/key:Key  data  k-1
`, out.String())
}

func TestWhatIsKeptIsCountedByKindAndState(t *testing.T) {
	var out strings.Builder
	WriteKept(&out, "left", account.Listing{
		Resources: summaries("aws:rds/clusterParameterGroup:ClusterParameterGroup"),
		Kept: []account.Summary{
			{Type: "aws:kms/key:Key", Status: account.PendingDeletion}, {Type: "aws:kms/key:Key", Status: account.PendingDeletion},
			{Type: "aws:ecs/taskDefinition:TaskDefinition", Status: account.Inactive},
		},
	})
	assert.Equal(t, `
left: 1 resource

  data          1  ClusterParameterGroup

what AWS keeps after a delete, and so does the offline account:
     2  Key, pending deletion
     1  TaskDefinition, inactive
`, out.String())

	out.Reset()
	WriteKept(&out, "left", account.Listing{})
	assert.Empty(t, out.String())
}
