package cloud

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

func TestNetworkRefusals(t *testing.T) {
	w := newWorld(t)
	w.network()

	w.refuses("InvalidSubnet.Range: The CIDR '10.1.0.0/24' is invalid.", subnetType, map[string]any{"vpcId": "$(vpc)", "cidrBlock": "10.1.0.0/24"})
	w.refuses("InvalidSubnet.Conflict: The CIDR '10.0.1.128/25' conflicts with another subnet", subnetType, map[string]any{"vpcId": "$(vpc)", "cidrBlock": "10.0.1.128/25"})
	w.refuses("InvalidVpcID.NotFound: The vpc ID 'vpc-00000000000000000' does not exist", subnetType, map[string]any{"vpcId": "vpc-00000000000000000", "cidrBlock": "10.0.9.0/24"})
	w.refuses("for parameter availabilityZone is invalid", subnetType, map[string]any{"vpcId": "$(vpc)", "cidrBlock": "10.0.9.0/24", "availabilityZone": "eu-west-1z"})
	w.refuses("already has an internet gateway attached", "aws:ec2/internetGateway:InternetGateway", map[string]any{"vpcId": "$(vpc)"})
	w.keeps("DependencyViolation: The vpc '"+w.made["vpc"].ID+"' has dependencies and cannot be deleted.", "vpc")

	w.create("aws:ec2/eip:Eip", "address", map[string]any{"domain": "vpc"})
	w.create(natGatewayType, "nat", map[string]any{"subnetId": "$(a)", "allocationId": "$(address)"})
	w.refuses("Resource.AlreadyAssociated", natGatewayType, map[string]any{"subnetId": "$(b)", "allocationId": "$(address)"})
	w.keeps("DependencyViolation: The subnet '", "a")
	w.keeps("is in use", "address")
	w.keeps("has some mapped public address(es)", "internet")
	assert.Equal(t, w.made["nat"].text("privateIp"), textAt(w.read("address").State, "privateIp"), "the address shows who holds it")
	require.NoError(t, w.remove("nat"))
	assert.Empty(t, textAt(w.read("address").State, "privateIp"))
	require.NoError(t, w.remove("internet"))

	w.create(routeTableType, "routes", map[string]any{"vpcId": "$(vpc)"})
	w.refuses("MissingParameter: The request must contain exactly one of gatewayId", routeTableType, map[string]any{"vpcId": "$(vpc)", "routes": []any{map[string]any{"cidrBlock": "0.0.0.0/0"}}})
	w.refuses("InvalidNatGatewayID.NotFound", "aws:ec2/route:Route", map[string]any{"routeTableId": "$(routes)", "destinationCidrBlock": "0.0.0.0/0", "natGatewayId": "nat-0123456789abcdef0"})
}

func TestSecurityGroupRefusals(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.create(securityGroupType, "web", map[string]any{"vpcId": "$(vpc)"})
	w.create(securityGroupType, "data", map[string]any{"vpcId": "$(vpc)"})
	rule := map[string]any{"securityGroupId": "$(data)", "ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432, "referencedSecurityGroupId": "$(web)"}
	w.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "allow", rule)

	w.refuses("InvalidPermission.Duplicate: the specified rule \"peer: sg-", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", rule)
	w.refuses("InvalidGroup.Duplicate", securityGroupType, map[string]any{"vpcId": "$(vpc)", "name": w.made["web"].text("name")})
	w.keeps("DependencyViolation: resource "+w.made["web"].ID+" has a dependent object", "web")

	require.NoError(t, w.remove("data"), "a group's own rules do not hold it")
	assert.Nil(t, w.read("allow"), "a rule disappears with its group")
	require.NoError(t, w.remove("web"))
}

func TestAVPCBringsAndTakesItsDefaults(t *testing.T) {
	w := newWorld(t)
	w.create(vpcType, "vpc", map[string]any{"cidrBlock": "10.0.0.0/16"})
	companions := map[string]bool{}
	for _, r := range w.account.List().Resources {
		if r.Origin == account.Companion {
			companions[r.Type] = true
		}
	}
	assert.Equal(t, map[string]bool{securityGroupType: true, routeTableType: true, networkACLType: true}, companions)
	w.create("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", map[string]any{"vpcId": "$(vpc)"})
	assert.Equal(t, w.made["vpc"].text("defaultSecurityGroupId"), w.made["closed"].ID)
	require.NoError(t, w.remove("closed"))
	require.NoError(t, w.remove("vpc"))
	assert.True(t, w.account.Empty())
}

func TestLoadBalancerRefusals(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.refuses("ValidationError: At least two subnets in two different Availability Zones must be specified", loadBalancerType, map[string]any{"subnets": []any{"$(a)"}})
	w.create(loadBalancerType, "edge", map[string]any{"subnets": []any{"$(a)", "$(b)"}, "enableDeletionProtection": true})
	w.create(targetGroupType, "web", map[string]any{"port": 80, "protocol": "HTTP", "targetType": "ip", "vpcId": "$(vpc)"})
	w.create(certificateType, "certificate", map[string]any{"domainName": "app.example.com", "validationMethod": "DNS"})
	https := map[string]any{"loadBalancerArn": "$(edge)", "port": 443, "protocol": "HTTPS", "certificateArn": "$(certificate)",
		"defaultActions": []any{map[string]any{"type": "forward", "targetGroupArn": "$(web)"}}}
	w.refuses("UnsupportedCertificate", listenerType, https)
	w.refuses("timeout while waiting for state to become 'ISSUED'", "aws:acm/certificateValidation:CertificateValidation", map[string]any{"certificateArn": "$(certificate)"})

	w.create(account.ZoneType, "zone", map[string]any{"name": "example.com"})
	w.create(recordType, "proof", map[string]any{"zoneId": "$(zone)", "name": "$(certificate.domainValidationOptions[0].resourceRecordName)", "type": "CNAME", "ttl": 60,
		"records": []any{"$(certificate.domainValidationOptions[0].resourceRecordValue)"}})
	w.create("aws:acm/certificateValidation:CertificateValidation", "issued", map[string]any{"certificateArn": "$(certificate)"})
	w.create(listenerType, "https", https)
	w.refuses("DuplicateListener", listenerType, https)
	w.keeps("ResourceInUse: Target group '", "web")
	w.keeps("ResourceInUseException: Certificate", "certificate")
	rule := map[string]any{"listenerArn": "$(https)", "priority": 10, "actions": []any{map[string]any{"type": "forward", "targetGroupArn": "$(web)"}},
		"conditions": []any{map[string]any{"pathPattern": map[string]any{"values": []any{"/*"}}}}}
	w.create(listenerRuleType, "rule", rule)
	w.refuses("PriorityInUse: Priority '10' is currently in use", listenerRuleType, rule)

	w.keeps("OperationNotPermitted: Load balancer '", "edge")
	require.NoError(t, w.update("edge", map[string]any{"subnets": []any{"$(a)", "$(b)"}, "enableDeletionProtection": false}))
	require.NoError(t, w.remove("edge"))
	assert.Nil(t, w.read("rule"), "listeners and rules disappear with their load balancer")
	require.NoError(t, w.remove("web"))
	w.keeps("HostedZoneNotEmpty", "zone")
}

func TestRecordRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(account.ZoneType, "zone", map[string]any{"name": "example.com"})
	record := map[string]any{"zoneId": "$(zone)", "name": "www", "type": "A", "ttl": 60, "records": []any{"192.0.2.1"}}
	w.create(recordType, "www", record)
	w.refuses("InvalidChangeBatch: [Tried to create resource record set [name='www.example.com.', type='A'] but it already exists]", recordType, record)
	record["allowOverwrite"] = true
	w.create(recordType, "again", record)
	w.refuses("is not permitted at apex", recordType, map[string]any{"zoneId": "$(zone)", "name": "example.com", "type": "CNAME", "ttl": 60, "records": []any{"example.org"}})
}

func TestQueueRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(queueType, "dead", nil)
	w.create(queueType, "fifo", map[string]any{"name": "orders.fifo", "fifoQueue": true})
	w.refuses("Reason: Dead letter target does not exist.", queueType, map[string]any{"redrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:missing","maxReceiveCount":3}`})
	w.refuses("Dead-letter queue must be same type of queue as the source", queueType, map[string]any{"redrivePolicy": `{"deadLetterTargetArn":"$(fifo.arn)","maxReceiveCount":3}`})

	w.create(queueType, "jobs", map[string]any{"name": "jobs"})
	require.NoError(t, w.remove("jobs"))
	before := w.account.Now()
	w.create(queueType, "jobs", map[string]any{"name": "jobs"})
	assert.Equal(t, 61*time.Second, w.account.Now().Sub(before), "the provider waits until the name is free")

	require.NoError(t, w.remove("jobs"))
	request, facts := w.request(queueType, "jobs")
	request.Inputs, request.Timeout = w.inputs(facts, "jobs", map[string]any{"name": "jobs"}), 10*time.Second
	_, err := w.cloud.Create(request)
	assert.ErrorContains(t, err, "AWS.SimpleQueueService.QueueDeletedRecently: You must wait 60 seconds")
	require.NoError(t, w.account.Advance(2*time.Minute))
	w.create(queueType, "jobs", map[string]any{"name": "jobs"})
}

func TestSecretKeepsItsNameDuringTheRecoveryWindow(t *testing.T) {
	w := newWorld(t)
	w.create(secretType, "token", map[string]any{"name": "app/token"})
	w.create(secretVersionType, "value", map[string]any{"secretId": "$(token)", "secretString": "one"})
	w.create(secretVersionType, "next", map[string]any{"secretId": "$(token)", "secretString": "two"})
	assert.Equal(t, []string{"AWSPREVIOUS"}, textsAt(w.read("value").State, "versionStages[]"))
	w.refuses("ResourceExistsException: The operation failed because the secret app/token already exists.", secretType, map[string]any{"name": "app/token"})

	require.NoError(t, w.remove("token"))
	assert.Nil(t, w.read("token"), "Pulumi sees a secret in its window as gone")
	assert.Len(t, w.account.List().Kept, 1)
	w.refuses("InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.", secretType, map[string]any{"name": "app/token"})
	require.NoError(t, w.account.Advance(31*24*time.Hour))
	w.create(secretType, "token", map[string]any{"name": "app/token", "recoveryWindowInDays": 0})
	require.NoError(t, w.remove("token"))
	w.create(secretType, "token", map[string]any{"name": "app/token"})
}

func TestKeyPendingDeletionStaysAndCannotBeUsed(t *testing.T) {
	w := newWorld(t)
	w.create("aws:kms/key:Key", "key", map[string]any{"deletionWindowInDays": 7})
	require.NoError(t, w.remove("key"))
	assert.Equal(t, account.PendingDeletion, w.account.List().Kept[0].Status)
	assert.True(t, w.account.Empty())
	w.refuses("KMS.NotFoundException", queueType, map[string]any{"kmsMasterKeyId": "$(key)"})
	require.NoError(t, w.account.Advance(8*24*time.Hour))
	assert.Empty(t, w.account.List().Kept)
}

func TestRoleRefusals(t *testing.T) {
	w := newWorld(t)
	w.role("tasks", "ecs-tasks.amazonaws.com")
	w.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "managed", map[string]any{"role": "$(tasks)", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"})
	w.keeps("DeleteConflict: Cannot delete entity, must detach all policies first.", "tasks")
	require.NoError(t, w.remove("managed"))
	w.create("aws:iam/rolePolicy:RolePolicy", "inline", map[string]any{"role": "$(tasks)", "policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`})
	w.keeps("DeleteConflict: Cannot delete entity, must delete policies first.", "tasks")
	require.NoError(t, w.remove("inline"))
	w.refuses("EntityAlreadyExists: Role with name "+w.made["tasks"].ID+" already exists.", roleType, map[string]any{"name": "$(tasks)", "assumeRolePolicy": w.made["tasks"].text("assumeRolePolicy")})
	w.refuses("NoSuchEntity: Policy arn:aws:iam::123456789012:policy/missing does not exist", "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		map[string]any{"role": "$(tasks)", "policyArn": "arn:aws:iam::123456789012:policy/missing"})
	require.NoError(t, w.remove("tasks"))
}

func TestBucketRefusals(t *testing.T) {
	w := newWorld(t)
	w.create(bucketType, "files", map[string]any{"bucket": "files-example"})
	w.refuses("BucketAlreadyOwnedByYou", bucketType, map[string]any{"bucket": "files-example"})
	w.refuses("NoSuchBucket", "aws:s3/bucketVersioningV2:BucketVersioningV2", map[string]any{"bucket": "missing-example", "versioningConfiguration": map[string]any{"status": "Enabled"}})
	_, err := w.account.Drift("files", objectsProperty, 3)
	require.NoError(t, err)
	assert.NotContains(t, w.read("files").State, objectsProperty, "what a bucket holds is not a property")
	w.keeps("BucketNotEmpty: The bucket you tried to delete is not empty", "files")
	require.NoError(t, w.update("files", map[string]any{"bucket": "files-example", "forceDestroy": true}))
	require.NoError(t, w.remove("files"))
}

func TestEventRefusals(t *testing.T) {
	w := newWorld(t)
	w.create("aws:cloudwatch/eventBus:EventBus", "bus", map[string]any{"name": "app"})
	w.create(ruleType, "orders", map[string]any{"eventBusName": "$(bus)", "eventPattern": `{"source":["app"]}`})
	w.keeps("event bus has rules", "bus")
	w.create(queueType, "jobs", nil)
	w.create("aws:cloudwatch/eventTarget:EventTarget", "target", map[string]any{"eventBusName": "$(bus)", "rule": "$(orders.name)", "arn": "$(jobs.arn)"})
	w.keeps("Rule can't be deleted since it has targets.", "orders")
	w.refuses("ResourceNotFoundException: Rule missing does not exist on EventBus app.", "aws:cloudwatch/eventTarget:EventTarget", map[string]any{"eventBusName": "$(bus)", "rule": "missing", "arn": "$(jobs.arn)"})
	w.refuses("ScheduleExpression is supported only on the default event bus.", ruleType, map[string]any{"eventBusName": "$(bus)", "scheduleExpression": "rate(1 day)"})
	w.create("aws:cloudwatch/logGroup:LogGroup", "logs", map[string]any{"name": "/app"})
	w.refuses("ResourceAlreadyExistsException: The specified log group already exists", "aws:cloudwatch/logGroup:LogGroup", map[string]any{"name": "/app"})
}

func TestARefusalIsWordedAsTheProviderWordsIt(t *testing.T) {
	w := newWorld(t)
	w.network()
	err := w.remove("vpc")
	assert.Regexp(t, `^deleting EC2 VPC \(vpc-[0-9a-f]{17}\): operation error EC2: DeleteVpc, https response error StatusCode: 400, RequestID: [0-9a-f-]{36}, api error DependencyViolation: The vpc '`, err.Error())
	var refusal *Refusal
	require.True(t, errors.As(err, &refusal))
	assert.Equal(t, "DependencyViolation", refusal.Code)
}

func TestTheSameNameMayExistInTwoRegions(t *testing.T) {
	w := newWorld(t)
	w.create("aws:cloudwatch/logGroup:LogGroup", "here", map[string]any{"name": "/app"})
	w.region = "us-east-1"
	w.create("aws:cloudwatch/logGroup:LogGroup", "there", map[string]any{"name": "/app"})
	assert.Contains(t, textAt(w.read("there").State, "arn"), "us-east-1")
	require.NoError(t, w.remove("there"))
	assert.Nil(t, w.read("there"))
	w.region = "eu-west-1"
	assert.Contains(t, textAt(w.read("here").State, "arn"), "eu-west-1")
}
