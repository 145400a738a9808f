package cloud

import "maps"

// rules are the hooks of the types that need any.
var rules = func() map[string]hooks {
	all := map[string]hooks{}
	for _, service := range []map[string]hooks{
		networkRules, addressRules, interfaceRules, containerRules, balancerRules, certificateRules, nameRules,
		databaseRules, proxyRules, messagingRules, secretRules, identityRules, storageRules, functionRules, scalingRules,
		deliveryRules, distributionRules, tableRules, trustStoreRules,
	} {
		maps.Copy(all, service)
	}
	return all
}()
