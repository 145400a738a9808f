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
	Date               string  `yaml:"date"`
	Region             string  `yaml:"region"`
	HoursPerMonth      float64 `yaml:"hoursPerMonth"`
	NATGatewayHour     float64 `yaml:"natGatewayHour"`
	PublicIPv4Hour     float64 `yaml:"publicIPv4Hour"`
	EndpointHour       float64 `yaml:"endpointHour"`
	LoadBalancerHour   float64 `yaml:"loadBalancerHour"`
	FargateARMVCPUHour float64 `yaml:"fargateARMVCPUHour"`
	FargateARMGBHour   float64 `yaml:"fargateARMGBHour"`
	AuroraACUHour      float64 `yaml:"auroraACUHour"`
	KMSKeyMonth        float64 `yaml:"kmsKeyMonth"`
	SecretMonth        float64 `yaml:"secretMonth"`
	HostedZoneMonth    float64 `yaml:"hostedZoneMonth"`
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
const NotInFixedCost = "requests, data transfer, storage and I/O, logs, backups, snapshots, Datadog, taxes and discounts"

// FixedCost estimates what an environment costs a month before anyone uses it:
// the least number of tasks, all on demand, and the least database capacity. A
// paused database costs nothing and is counted as such.
func (c *Config) FixedCost(p Prices) []CostLine {
	s := c.settings()
	hours := p.HoursPerMonth
	var tasks, zones float64
	for _, service := range c.Services {
		low, _ := c.tasks(service)
		cpu, memory := service.size()
		tasks += float64(low) * (float64(cpu)/1024*p.FargateARMVCPUHour + float64(memory)/1024*p.FargateARMGBHour)
	}
	zones = float64(len(c.Zones))
	gateways := map[string]float64{"none": 0, "single": 1, "per-zone": zones}[s.NAT]
	lines := []CostLine{
		{"containers", tasks * hours},
		{"database", s.MinACU * float64(1+s.Readers) * p.AuroraACUHour * hours},
		{"load balancer", (p.LoadBalancerHour + zones*p.PublicIPv4Hour) * hours},
		{"NAT gateways", gateways * (p.NATGatewayHour + p.PublicIPv4Hour) * hours},
		{"keys, secrets, zone", keyCount*p.KMSKeyMonth + float64(len(c.Secrets))*p.SecretMonth + p.HostedZoneMonth},
	}
	if gateways == 0 {
		// The one function that reads a secret has no public address to reach it by.
		lines = append(lines, CostLine{"endpoint of Secrets Manager", p.EndpointHour * hours})
	}
	return lines
}

// keyCount is the number of domains of data, each with a key of its own.
const keyCount = 3
