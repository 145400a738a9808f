package environment

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// export names what people and other stacks ask for.
func (e *environment) export() {
	urls, queues, secrets := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}
	for name, s := range e.config.Services {
		if s.Host != "" {
			urls[name] = pulumi.String("https://" + s.hostname(e.config.Domain) + s.Path)
		}
	}
	for name, q := range e.queued {
		queues[name] = q.URL
	}
	for name, s := range e.secretsBy {
		secrets[name] = pulumi.String(s.Name)
	}
	e.ctx.Export("urls", urls)
	e.ctx.Export("cluster", pulumi.String(e.compute.Name))
	e.ctx.Export("queues", queues)
	e.ctx.Export("secrets", secrets)
	e.ctx.Export("databaseEndpoint", e.db.Endpoint)
	e.ctx.Export("databaseName", pulumi.String(databaseName))
	e.ctx.Export("tenancy", e.tenants.Report)
	e.ctx.Export("vpcId", e.net.VPCID)
	e.ctx.Export("loadBalancer", e.front.DNSName)
}
