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
	e.exportTasks()
	e.ctx.Export("cluster", pulumi.String(e.compute.Name))
	e.ctx.Export("queues", queues)
	e.ctx.Export("secrets", secrets)
	e.exportImages()
	e.ctx.Export("databaseEndpoint", e.db.Endpoint)
	e.ctx.Export("databaseName", pulumi.String(databaseName))
	e.ctx.Export("tenancy", e.tenants.Report)
	e.ctx.Export("vpcId", e.net.VPCID)
	e.ctx.Export("loadBalancer", e.front.DNSName)
	if e.config.Edge.CDN != (CDN{}) {
		e.ctx.Export("distribution", e.front.DistributionID)
	}
}

// exportImages names what comes before the digest of an image, and before the
// path of one that is kept from elsewhere.
func (e *environment) exportImages() {
	registries, caches := pulumi.StringMap{}, pulumi.StringMap{}
	for name, r := range e.repositories {
		registries[name] = r.URL
	}
	for name, c := range e.caches {
		caches[name] = pulumi.String(c.URL)
	}
	e.ctx.Export("registries", registries)
	e.ctx.Export("imageCaches", caches)
}

// exportTasks names what `tenfold run` needs to start a task of a service or a
// job by hand.
func (e *environment) exportTasks() {
	tasks := pulumi.Map{}
	for name, s := range e.running {
		tasks[name] = pulumi.Map{
			"definition": s.TaskDefinitionARN, "securityGroup": s.SecurityGroupID, "logGroup": pulumi.String(s.LogGroup),
		}
	}
	for name, j := range e.tasks {
		tasks[name] = pulumi.Map{
			"definition": j.TaskDefinitionARN, "securityGroup": j.SecurityGroupID, "logGroup": pulumi.String(j.LogGroup),
		}
	}
	place := e.net.Tasks()
	e.ctx.Export("run", pulumi.Map{
		"region": pulumi.String(e.config.region), "cluster": pulumi.String(e.compute.Name),
		"subnets": place.SubnetIDs, "publicAddress": pulumi.Bool(place.PublicAddress), "tasks": tasks,
	})
}
