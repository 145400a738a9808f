package cloud

import (
	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// proxyRules are those of RDS Proxy.
var proxyRules = map[string]hooks{
	"aws:rds/proxy:Proxy":             {check: checkProxy},
	"aws:rds/proxyTarget:ProxyTarget": {check: completeProxyTarget},
}

func checkProxy(op *operation) error {
	if len(op.zonesOf("vpcSubnetIds[]")) < 2 {
		return refuse("InvalidParameterValue", "Unable to create the DB proxy: at least two subnets in different Availability Zones must be specified")
	}
	return checkTrust(op, "roleArn", "rds.amazonaws.com")
}

func completeProxyTarget(op *operation) error {
	if op.kind != account.OnCreate {
		return nil
	}
	op.setIfAbsent("targetGroupName", "default")
	if cluster := op.targets["dbClusterIdentifier"]; cluster != nil {
		op.set("type", "TRACKED_CLUSTER")
		op.set("rdsResourceId", cluster.ID)
		op.set("endpoint", "")
		op.set("trackedClusterId", "")
		op.set("targetArn", "")
		op.properties["port"] = cluster.Properties["port"]
		return nil
	}
	instance := op.targets["dbInstanceIdentifier"]
	if instance == nil {
		return refuse("InvalidParameterCombination", "Either DBInstanceIdentifiers or DBClusterIdentifiers must be specified")
	}
	op.set("type", "RDS_INSTANCE")
	op.set("rdsResourceId", instance.ID)
	op.set("targetArn", instance.ARN)
	op.properties["endpoint"] = instance.Properties["endpoint"]
	op.properties["port"] = instance.Properties["port"]
	return nil
}
