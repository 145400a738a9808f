package service_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"github.com/tenfold-iac/tenfold/components/access"
	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/service"
)

const egressRule = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

// enclosed places the service in a network with the endpoints and makes it private.
func enclosed(a *service.Args, endpoints ...string) {
	a.Network.CIDR, a.Network.S3PrefixListID, a.Network.Endpoints = pulumi.String("10.0.0.0/16"), pulumi.String("pl-s3"), endpoints
	a.Egress.Private = true
}

func TestAPrivateServiceReachesItsNetworkS3ItsGrantsAndWhatItNames(t *testing.T) {
	inv := build(t, func(a *service.Args, w world) {
		routed(a, w)
		enclosed(a, "ecr.api", "ecr.dkr", "kms", "logs", "secretsmanager", "ssmmessages")
		a.Shell, a.Uses = true, uses()
		a.Egress.Also = []service.Destination{{Port: 443, CIDR: "203.0.113.0/24", Why: "The bank"}}
	}).Of(t, component, "api")
	componenttest.AssertHouse(t, inv, component, "api")
	var names []string
	for _, r := range inv.ByType(egressRule) {
		names = append(names, r.Name)
		assert.NotEqual(t, "0.0.0.0/0", r.Input("cidrIpv4"), r.Name)
		assert.NotEqual(t, "::/0", r.Input("cidrIpv6"), r.Name)
	}
	assert.Equal(t, []string{"api-edge-out-8080", "api-https", "api-https-s3", "api-to-443-203-0-113-0-24", "api-to-main-5432"}, names)
	running := inv.One(t, "aws:ecs/service:Service", "api")
	for _, name := range names {
		assert.Contains(t, running.DependsOn, inv.One(t, egressRule, name).URN, "no task starts before its rules exist")
	}
}

func TestAPrivateServiceNeedsOnlyTheEndpointsItStartsThrough(t *testing.T) {
	build(t, func(a *service.Args, _ world) { enclosed(a, "ecr.api", "ecr.dkr", "logs") })
	build(t, func(a *service.Args, _ world) {
		enclosed(a, "logs")
		a.Image = strings.Replace(image, "123456789012.dkr.ecr.us-east-1.amazonaws.com", "registry.example.com", 1)
		a.Egress.Also = []service.Destination{{Port: 443, CIDR: "10.0.3.7/32", Why: "Our registry"}}
	})
}

// assertOnly checks that a program failed for these reasons and no other. Pulumi
// counts the errors of a program in front of them.
func assertOnly(t *testing.T, err error, reasons string) {
	t.Helper()
	assert.EqualError(t, err, "1 error occurred:\n\t* "+reasons+"\n\n")
}

func TestEveryEndpointThatAPrivateServiceLacksIsNamed(t *testing.T) {
	const fix = "; add it to Endpoints of the network"
	secret := pulumi.String("arn:aws:secretsmanager:us-east-1:123456789012:secret:agent-AbCdEf")
	for name, c := range map[string]struct {
		change func(*service.Args)
		want   []string
	}{
		"a worker": {func(a *service.Args) { enclosed(a) }, []string{
			"ecr.api to pull images" + fix, "ecr.dkr to pull images" + fix, "logs to write its log" + fix,
		}},
		"a shell": {func(a *service.Args) {
			enclosed(a, "ecr.api", "ecr.dkr", "logs")
			a.Shell = true
		}, []string{"ssmmessages to open shells" + fix, "kms to open shells, which are encrypted" + fix}},
		"a grant with a secret": {func(a *service.Args) {
			enclosed(a, "ecr.api", "ecr.dkr", "logs")
			a.Uses = uses()
		}, []string{"secretsmanager to read its secrets" + fix}},
		"a sidecar with a secret": {func(a *service.Args) {
			enclosed(a, "ecr.api", "ecr.dkr", "logs")
			s := agent()
			s.Secrets = map[string]access.Secret{"KEY": {ValueFrom: secret, SecretARN: secret}}
			a.Sidecars = []service.Sidecar{s}
		}, []string{"secretsmanager to read its secrets" + fix}},
	} {
		inv, err := componenttest.RunErr(t, program(func(a *service.Args, _ world) { c.change(a) }))
		var want []string
		for _, w := range c.want {
			want = append(want, `service "api": Egress.Private needs the interface endpoint `+w)
		}
		assertOnly(t, err, strings.Join(want, "\n"))
		assert.Empty(t, inv.ByType(component), name)
	}
}

func TestAnEgressThatCannotWorkIsRefused(t *testing.T) {
	also := func(list ...service.Destination) func(*service.Args) {
		return func(a *service.Args) { a.Egress.Also = list }
	}
	const where = "Egress.Also at position 1: "
	for want, change := range map[string]func(*service.Args){
		"Egress.Private needs the network's range and its way to S3; pass network.Tasks()": func(a *service.Args) {
			enclosed(a, "ecr.api", "ecr.dkr", "logs")
			a.Network.CIDR = nil
		},
		`Egress.Private leaves no way to the registry of the image "ghcr.io/example/api@sha256:0000000000000000000000000000000000000000000000000000000000000001"; keep it in ECR, where an image cache can fetch it, or name the registry's addresses in Also`: func(a *service.Args) {
			enclosed(a, "logs")
			a.Image = "ghcr.io/example/api@sha256:0000000000000000000000000000000000000000000000000000000000000001"
		},
		where + "Port must be 1 to 65535, got 0":                                                                                                   also(service.Destination{CIDR: "203.0.113.0/24", Why: "x"}),
		where + "Port must be 1 to 65535, got 65536":                                                                                               also(service.Destination{Port: 65536, CIDR: "203.0.113.0/24", Why: "x"}),
		where + `CIDR must be an IPv4 or IPv6 range such as 203.0.113.0/24 or 2001:db8::/32, got ""`:                                               also(service.Destination{Port: 22, Why: "x"}),
		where + `CIDR must be an IPv4 or IPv6 range such as 203.0.113.0/24 or 2001:db8::/32, got "db"`:                                             also(service.Destination{Port: 22, CIDR: "db", Why: "x"}),
		where + `CIDR must be an IPv4 or IPv6 range such as 203.0.113.0/24 or 2001:db8::/32, got "::ffff:203.0.113.0/120"`:                         also(service.Destination{Port: 22, CIDR: "::ffff:203.0.113.0/120", Why: "x"}),
		where + "CIDR must begin with the first address of its range, got 203.0.113.7/24; write 203.0.113.0/24, or 203.0.113.7/32 for one address": also(service.Destination{Port: 22, CIDR: "203.0.113.7/24", Why: "x"}),
		where + "CIDR is the IPv6 range 2001:db8::/32, but the network has no IPv6 addresses; set IPv6 of the network":                             also(service.Destination{Port: 22, CIDR: "2001:db8::/32", Why: "x"}),
		where + "Why is missing; say what is there, for whoever reads the rule":                                                                    also(service.Destination{Port: 22, CIDR: "203.0.113.0/24", Why: " "}),
		where + `Why must be at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, which AWS admits, got "the bank's"`:                    also(service.Destination{Port: 22, CIDR: "203.0.113.0/24", Why: "the bank's"}),
		where + "port 443 is open to every address already; leave it out, or set Private":                                                          also(service.Destination{Port: 443, CIDR: "203.0.113.0/24", Why: "x"}),
		"Egress.Also holds port 22 of 203.0.113.0/24 twice; leave one out": also(
			service.Destination{Port: 22, CIDR: "203.0.113.0/24", Why: "x"}, service.Destination{Port: 22, CIDR: "203.0.113.0/24", Why: "y"}),
		where + "port 443 of every address is what Private closes; leave one of them out": func(a *service.Args) {
			enclosed(a, "ecr.api", "ecr.dkr", "logs")
			a.Egress.Also = []service.Destination{{Port: 443, CIDR: "0.0.0.0/0", Why: "x"}}
		},
	} {
		t.Run(want, func(t *testing.T) {
			inv, err := componenttest.RunErr(t, program(func(a *service.Args, _ world) { change(a) }))
			assertOnly(t, err, `service "api": `+want)
			assert.Empty(t, inv.ByType(component))
		})
	}
}

func TestADescriptionOfARuleEndsAt255Characters(t *testing.T) {
	why := func(length int) func(*service.Args, world) {
		return func(a *service.Args, _ world) {
			a.Egress.Also = []service.Destination{{Port: 22, CIDR: "203.0.113.0/24", Why: strings.Repeat("x", length)}}
		}
	}
	assert.Len(t, build(t, why(255)).One(t, egressRule, "api-to-22-203-0-113-0-24").Input("description"), 255)
	_, err := componenttest.RunErr(t, program(why(256)))
	assert.ErrorContains(t, err, "Why must be at most 255 letters")
}
