package environment

import (
	_ "embed"
	"fmt"

	"gopkg.in/yaml.v3"
)

//go:embed prices.yaml
var pricesFile []byte

// Prices are AWS list prices of one day and region.
type Prices struct {
	Date                 string  `yaml:"date"`
	Region               string  `yaml:"region"`
	HoursPerMonth        float64 `yaml:"hoursPerMonth"`
	NATGatewayHour       float64 `yaml:"natGatewayHour"`
	NATInstanceHour      float64 `yaml:"natInstanceHour"`
	VolumeGBMonth        float64 `yaml:"volumeGBMonth"`
	PublicIPv4Hour       float64 `yaml:"publicIPv4Hour"`
	EndpointHour         float64 `yaml:"endpointHour"`
	LoadBalancerHour     float64 `yaml:"loadBalancerHour"`
	WAFMonth             float64 `yaml:"wafMonth"`
	WAFRuleMonth         float64 `yaml:"wafRuleMonth"`
	TrustStoreHour       float64 `yaml:"trustStoreHour"`
	FargateARMVCPUHour   float64 `yaml:"fargateARMVCPUHour"`
	FargateARMGBHour     float64 `yaml:"fargateARMGBHour"`
	FargateX86VCPUHour   float64 `yaml:"fargateX86VCPUHour"`
	FargateX86GBHour     float64 `yaml:"fargateX86GBHour"`
	FargateStorageGBHour float64 `yaml:"fargateStorageGBHour"`
	AuroraACUHour        float64 `yaml:"auroraACUHour"`
	KMSKeyMonth          float64 `yaml:"kmsKeyMonth"`
	SecretMonth          float64 `yaml:"secretMonth"`
	HostedZoneMonth      float64 `yaml:"hostedZoneMonth"`
}

// LoadPrices reads the embedded price file.
func LoadPrices() (Prices, error) {
	var p Prices
	if err := yaml.Unmarshal(pricesFile, &p); err != nil {
		return Prices{}, fmt.Errorf("stacks/environment/prices.yaml: %w", err)
	}
	return p, nil
}

// CostLine is one line of the fixed monthly cost.
type CostLine struct {
	What string  `json:"what"`
	USD  float64 `json:"usd"`
}

// NotInFixedCost says what the estimate leaves out.
const NotInFixedCost = "requests, data transfer, storage and I/O, logs, backups, snapshots, jobs, Datadog, taxes and discounts"

// What the components make, as far as it is paid for by the month.
const (
	keyCount       = 3 // domains of data, each with a key of its own
	wafRules       = 4 // the limit of requests and three groups of AWS's
	natInstanceGB  = 8 // disk of the NAT instance
	storageForFree = 20
)

// FixedCost estimates what an environment costs a month before anyone uses it:
// the least number of tasks, all on demand, and the least database capacity. A
// paused database costs nothing and is counted as such. The lines are the same in
// every environment, so that they can be compared.
func (c *Config) FixedCost(p Prices) []CostLine {
	s := c.settings()
	hours := p.HoursPerMonth
	return []CostLine{
		{"containers", c.tasksHour(p) * hours},
		{"database", s.MinACU * float64(1+s.Readers) * p.AuroraACUHour * hours},
		{"load balancer", c.balancerHour(p) * hours},
		{"web application firewall", c.firewalls(p)},
		{"NAT", c.wayOut(p)},
		{"endpoints", c.endpointsHour(p) * hours},
		{"keys, secrets, zone", keyCount*p.KMSKeyMonth + float64(len(c.Secrets))*p.SecretMonth + p.HostedZoneMonth},
	}
}

// balancerHour is what the load balancer costs an hour, with the store of client
// authorities.
func (c *Config) balancerHour(p Prices) float64 {
	usd := p.LoadBalancerHour + float64(len(c.Zones))*p.PublicIPv4Hour
	if c.Edge.ClientAuthorities != "" {
		usd += p.TrustStoreHour
	}
	return usd
}

// firewalls is what the firewall costs a month, and the second one while users
// reach the load balancer beside CloudFront.
func (c *Config) firewalls(p Prices) float64 {
	if c.settings().WAF == "none" {
		return 0
	}
	usd := p.WAFMonth + wafRules*p.WAFRuleMonth
	if c.Edge.CDN.Open {
		usd *= 2
	}
	return usd
}

// tasksHour is what the least number of tasks of all services costs an hour.
func (c *Config) tasksHour(p Prices) (usd float64) {
	for _, s := range c.Services {
		low, _ := c.tasks(s)
		cpu, memory := s.size()
		vcpuHour, gbHour := p.FargateARMVCPUHour, p.FargateARMGBHour
		if s.Architecture == "x86_64" {
			vcpuHour, gbHour = p.FargateX86VCPUHour, p.FargateX86GBHour
		}
		each := float64(cpu)/1024*vcpuHour + float64(memory)/1024*gbHour
		each += float64(max(s.Storage-storageForFree, 0)) * p.FargateStorageGBHour
		if c.settings().NAT == "none" {
			each += p.PublicIPv4Hour
		}
		usd += float64(low) * each
	}
	return usd
}

// wayOut is what the way to the internet costs a month.
func (c *Config) wayOut(p Prices) float64 {
	gateway := (p.NATGatewayHour + p.PublicIPv4Hour) * p.HoursPerMonth
	switch c.settings().NAT {
	case "instance":
		return (p.NATInstanceHour+p.PublicIPv4Hour)*p.HoursPerMonth + natInstanceGB*p.VolumeGBMonth
	case "single":
		return gateway
	case "per-zone":
		return float64(len(c.Zones)) * gateway
	}
	return 0
}

// endpointsHour is what the interface endpoints cost an hour.
func (c *Config) endpointsHour(p Prices) float64 {
	usd := float64(len(c.Network.Endpoints)*len(c.Zones)) * p.EndpointHour
	if c.settings().NAT == "none" {
		// The one function that reads a secret has no public address to reach it
		// by, and an endpoint of its own in one zone.
		usd += p.EndpointHour
	}
	return usd
}
