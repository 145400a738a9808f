package schema

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// CheckAtCreate lists what the cloud, not the provider, has against inputs
// when it is asked to create or update the resource: the limits in AtCreate
// and the shape of policy documents. A preview passes all of it.
func (r *Resource) CheckAtCreate(inputs resource.PropertyMap) []Problem {
	c := &checker{}
	for _, limit := range r.AtCreate {
		limit := limit
		if check, ok := cloudRules[limit.Rule]; ok {
			check(c, limit, inputs)
			continue
		}
		parent, name := "", limit.Property
		if cut := strings.LastIndex(limit.Property, "."); cut >= 0 {
			parent, name = limit.Property[:cut], limit.Property[cut+1:]
		}
		each(nil, inputs, parent, func(at *step, values resource.PropertyMap) {
			c.limit(&step{parent: at, name: name}, limit, values[resource.PropertyKey(name)])
		})
	}
	r.checkDocuments(c, inputs)
	sort.SliceStable(c.problems, func(i, j int) bool { return c.problems[i].Property < c.problems[j].Property })
	return c.problems
}

// CheckDocuments lists what AWS has against the policy documents of a resource.
// The provider would pass them on; a document that has no valid shape is known
// to be refused, so a preview may say so.
func (r *Resource) CheckDocuments(inputs resource.PropertyMap) []Problem {
	c := &checker{}
	r.checkDocuments(c, inputs)
	return c.problems
}

func (r *Resource) checkDocuments(c *checker, inputs resource.PropertyMap) {
	for _, name := range r.names {
		kind, ok := documents[r.Token+"."+name]
		if !ok {
			continue
		}
		v, known := unwrap(inputs[resource.PropertyKey(name)])
		text, isText := textOf(r.Properties[name], v)
		if !known || !isText || text == "" {
			continue
		}
		for _, problem := range PolicyProblems(text, kind) {
			c.add(&step{name: name}, "%s", problem)
		}
	}
}

// documents says what kind of policy document a property holds.
var documents = map[string]DocumentKind{
	"aws:iam/role:Role.assumeRolePolicy":                                             TrustPolicy,
	"aws:iam/rolePolicy:RolePolicy.policy":                                           IdentityPolicy,
	"aws:iam/policy:Policy.policy":                                                   IdentityPolicy,
	"aws:sqs/queue:Queue.policy":                                                     ResourcePolicy,
	"aws:sqs/queuePolicy:QueuePolicy.policy":                                         ResourcePolicy,
	"aws:sns/topic:Topic.policy":                                                     ResourcePolicy,
	"aws:sns/topicPolicy:TopicPolicy.policy":                                         ResourcePolicy,
	"aws:kms/key:Key.policy":                                                         ResourcePolicy,
	"aws:s3/bucketPolicy:BucketPolicy.policy":                                        ResourcePolicy,
	"aws:secretsmanager/secret:Secret.policy":                                        ResourcePolicy,
	"aws:secretsmanager/secretPolicy:SecretPolicy.policy":                            ResourcePolicy,
	"aws:cloudwatch/eventBusPolicy:EventBusPolicy.policy":                            ResourcePolicy,
	"aws:cloudwatch/logResourcePolicy:LogResourcePolicy.policyDocument":              ResourcePolicy,
	"aws:ec2/vpcEndpoint:VpcEndpoint.policy":                                         ResourcePolicy,
	"aws:ecr/registryPolicy:RegistryPolicy.policy":                                   ResourcePolicy,
	"aws:ecr/repositoryPolicy:RepositoryPolicy.policy":                               RepositoryPolicy,
	"aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate.repositoryPolicy": RepositoryPolicy,
}

// limit checks one value against a limit of the cloud.
func (c *checker) limit(at *step, l Limit, v resource.PropertyValue) {
	v, known := unwrap(v)
	if !known || v.IsNull() {
		return
	}
	text, isText := textOf(&Property{}, v)
	n, isNumber := numberOf(v)
	broken := isText && l.Pattern != "" && !(&matcher{pattern: l.Pattern}).matches(text) ||
		isText && len(l.Values) > 0 && !slices.Contains(l.Values, text) ||
		isText && l.MinLength != nil && len(text) < *l.MinLength ||
		isText && l.MaxLength != nil && len(text) > *l.MaxLength ||
		isNumber && l.Min != nil && n < *l.Min ||
		isNumber && l.Max != nil && n > *l.Max
	if broken {
		c.add(at, "%s, got %s", l.Reason, shown(&Property{}, v))
	}
}

// cloudRules are the conditions of the cloud over several properties, by the
// name a Limit gives.
var cloudRules = map[string]func(*checker, Limit, resource.PropertyMap){
	"fargateSize":       fargateSize,
	"zoneRebalancing":   zoneRebalancing,
	"serverlessScaling": serverlessScaling,
}

// fargateMemory lists, by CPU units, the memory a Fargate task may have: from,
// to and step in MiB.
var fargateMemory = map[int][3]int{
	256: {512, 2048, 512}, 512: {1024, 4096, 1024}, 1024: {2048, 8192, 1024}, 2048: {4096, 16384, 1024},
	4096: {8192, 30720, 1024}, 8192: {16384, 61440, 4096}, 16384: {32768, 122880, 8192},
}

// fargateSize wants a pair of CPU and memory that Fargate offers.
func fargateSize(c *checker, l Limit, inputs resource.PropertyMap) {
	kinds, known := unwrap(inputs["requiresCompatibilities"])
	if !known || !kinds.IsArray() || !slices.ContainsFunc(kinds.ArrayValue(), func(v resource.PropertyValue) bool {
		v, known := unwrap(v)
		return known && v.IsString() && v.StringValue() == "FARGATE"
	}) {
		return
	}
	cpu, cpuKnown := intOf(inputs, "cpu")
	memory, memoryKnown := intOf(inputs, "memory")
	if !cpuKnown || !memoryKnown {
		return
	}
	offer, ok := fargateMemory[cpu]
	if !ok {
		c.add(&step{name: "cpu"}, "%s, got %d CPU units; Fargate offers 256, 512, 1024, 2048, 4096, 8192 and 16384", l.Reason, cpu)
		return
	}
	if memory < offer[0] || memory > offer[1] || memory%offer[2] != 0 || cpu == 256 && memory == 1536 {
		c.add(&step{name: "memory"}, "%s, got %d MiB for %d CPU units; allowed are %d to %d in steps of %d", l.Reason, memory, cpu, offer[0], offer[1], offer[2])
	}
}

// intOf reads a number given as a number or as text; known is false when it is
// missing or decided at apply.
func intOf(values resource.PropertyMap, name string) (int, bool) {
	v, known := unwrap(values[resource.PropertyKey(name)])
	if !known {
		return 0, false
	}
	if v.IsString() {
		n, err := strconv.Atoi(v.StringValue())
		return n, err == nil
	}
	if v.IsNumber() {
		return int(v.NumberValue()), true
	}
	return 0, false
}

// zoneRebalancing needs room for one more task than desired.
func zoneRebalancing(c *checker, l Limit, inputs resource.PropertyMap) {
	mode, _ := stringOf(inputs, "availabilityZoneRebalancing")
	percent, known := intOf(inputs, "deploymentMaximumPercent")
	if mode == "ENABLED" && known && percent <= 100 {
		c.add(&step{name: "deploymentMaximumPercent"}, "%s, got %d", l.Reason, percent)
	}
}

// serverlessScaling wants steps of half a capacity unit, and a pause only when
// the capacity may fall to zero.
func serverlessScaling(c *checker, l Limit, inputs resource.PropertyMap) {
	v, known := unwrap(inputs["serverlessv2ScalingConfiguration"])
	if !known || !v.IsObject() {
		return
	}
	at := &step{name: "serverlessv2ScalingConfiguration"}
	values := v.ObjectValue()
	least, leastKnown := unwrap(values["minCapacity"])
	most, mostKnown := unwrap(values["maxCapacity"])
	for name, capacity := range map[string]resource.PropertyValue{"minCapacity": least, "maxCapacity": most} {
		if n, ok := numberOf(capacity); ok && n*2 != float64(int(n*2)) {
			c.add(&step{parent: at, name: name}, "%s, got %v", l.Reason, n)
		}
	}
	low, lowOK := numberOf(least)
	high, highOK := numberOf(most)
	if leastKnown && mostKnown && lowOK && highOK && low > high {
		c.add(&step{parent: at, name: "minCapacity"}, "must not be above maxCapacity, got %v and %v", low, high)
	}
	if leastKnown && lowOK && low > 0 && !absent(values, "secondsUntilAutoPause") {
		c.add(&step{parent: at, name: "secondsUntilAutoPause"}, "can only be set when minCapacity is 0, got %s", fmt.Sprint(low))
	}
}
