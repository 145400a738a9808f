package task

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/internal/problem"
)

// Egress is where tasks may connect to, beside what their grants reach.
type Egress struct {
	// Private closes HTTPS to everything but the network's own addresses and S3.
	// Tasks then start through the network's interface endpoints: ecr.api, ecr.dkr
	// and logs, secretsmanager for secrets, ssmmessages and kms for a shell. Each
	// other AWS service that the containers call, such as sqs, needs its own.
	// Default: false, HTTPS to anywhere.
	Private bool
	// Also are further places. Default: none.
	Also []Destination
}

// Destination is a range of addresses that tasks may connect to on one TCP port.
type Destination struct {
	// Port is the TCP port, 1 to 65535. Required.
	Port int
	// CIDR is an IPv4 or IPv6 range, such as 203.0.113.0/24. A single address ends
	// in /32 or /128. Required.
	CIDR string
	// Why says what is there. It becomes the description of the rule: at most 255
	// letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*. Required.
	Why string
}

// whyPattern is what AWS admits in the description of a rule.
var whyPattern = regexp.MustCompile(`^[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]{1,255}$`)

const (
	anywhere   = "0.0.0.0/0"
	anywhereV6 = "::/0"
	https      = 443
)

// destination is a checked Destination.
type destination struct {
	port   int
	prefix netip.Prefix
	why    string
}

// name tells the rules of a task apart and survives any order of them.
func (d destination) name() string {
	return fmt.Sprintf("to-%d-%s", d.port, strings.NewReplacer(".", "-", ":", "-", "/", "-").Replace(d.prefix.String()))
}

// egress checks where the task may connect to.
func (s Spec) egress(p Plan, l *problem.List) []destination {
	var list []destination
	for i, d := range s.Egress.Also {
		found := s.destination(d, problem.Within(l, fmt.Sprintf("Egress.Also at position %d", i+1)))
		repeated := slices.ContainsFunc(list, func(o destination) bool { return o.port == found.port && o.prefix == found.prefix })
		l.Check(!repeated || !found.prefix.IsValid(), "Egress.Also holds port %d of %s twice; leave one out", found.port, found.prefix)
		list = append(list, found)
	}
	if s.Egress.Private && s.Network.VPCID != nil {
		s.checkPrivate(p, l)
	}
	return list
}

func (s Spec) destination(d Destination, l *problem.List) destination {
	l.Check(d.Port >= 1 && d.Port <= 65535, "Port must be 1 to 65535, got %d", d.Port)
	why := strings.TrimSpace(d.Why)
	l.Check(why != "", "Why is missing; say what is there, for whoever reads the rule")
	l.Check(why == "" || whyPattern.MatchString(why), "Why must be at most 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, which AWS admits, got %q", d.Why)
	found := destination{port: d.Port, why: why}
	prefix, err := netip.ParsePrefix(d.CIDR)
	if err != nil || prefix.Addr().Is4In6() {
		l.Addf("CIDR must be an IPv4 or IPv6 range such as 203.0.113.0/24 or 2001:db8::/32, got %q", d.CIDR)
		return found
	}
	found.prefix = prefix.Masked()
	l.Check(prefix == found.prefix, "CIDR must begin with the first address of its range, got %s; write %s, or %s/%d for one address", d.CIDR, found.prefix, prefix.Addr(), prefix.Addr().BitLen())
	l.Check(prefix.Addr().Is4() || s.Network.IPv6, "CIDR is the IPv6 range %s, but the network has no IPv6 addresses; set IPv6 of the network", found.prefix)
	s.checkHTTPS(found, l)
	return found
}

// checkHTTPS refuses what changes nothing or undoes Private: AWS admits a rule
// once, and one without effect misleads.
func (s Spec) checkHTTPS(d destination, l *problem.List) {
	if d.port != https {
		return
	}
	if s.Egress.Private {
		l.Check(d.prefix.Bits() > 0, "port 443 of every address is what Private closes; leave one of them out")
		return
	}
	l.Addf("port 443 is open to every address already; leave it out, or set Private")
}

// checkPrivate refuses a task that could not start: Fargate pulls images, writes
// logs and reads secrets through the task's own network interface.
func (s Spec) checkPrivate(p Plan, l *problem.List) {
	l.Check(s.Network.CIDR != nil && s.Network.S3PrefixListID != nil, "Egress.Private needs the network's range and its way to S3; pass network.Tasks()")
	for _, need := range s.endpoints(p) {
		l.Check(slices.Contains(s.Network.Endpoints, need.endpoint), "Egress.Private needs the interface endpoint %s to %s; add it to Endpoints of the network", need.endpoint, need.to)
	}
	also := slices.ContainsFunc(s.Egress.Also, func(d Destination) bool { return d.Port == https })
	for _, image := range s.images() {
		l.Check(image == "" || also || ecrImage.MatchString(image), "Egress.Private leaves no way to the registry of the image %q; keep it in ECR, where an image cache can fetch it, or name the registry's addresses in Also", image)
	}
}

// need is an interface endpoint and what a task does through it.
type need struct{ endpoint, to string }

// endpoints are those that a task needs to start, in order. Service Connect brings
// its proxy along and needs none.
func (s Spec) endpoints(p Plan) []need {
	var list []need
	if slices.ContainsFunc(s.images(), ecrImage.MatchString) {
		list = append(list, need{"ecr.api", "pull images"}, need{"ecr.dkr", "pull images"})
	}
	list = append(list, need{"logs", "write its log"})
	secrets := false
	for _, g := range p.uses {
		secrets = secrets || len(g.Secrets) > 0
	}
	for _, c := range s.Sidecars {
		secrets = secrets || len(c.Secrets) > 0
	}
	if secrets {
		list = append(list, need{"secretsmanager", "read its secrets"})
	}
	if s.Shell {
		list = append(list, need{"ssmmessages", "open shells"}, need{"kms", "open shells, which are encrypted"})
	}
	return list
}

// images are the images of all containers.
func (s Spec) images() []string {
	list := []string{s.Image}
	for _, c := range s.Sidecars {
		list = append(list, c.Image)
	}
	return list
}

// egress makes the rules of where the task may connect to.
func (t *Task) egress() error {
	open := t.open
	if t.spec.Egress.Private {
		open = t.private
	}
	if err := open(); err != nil {
		return err
	}
	for _, d := range t.plan.destinations {
		args := vpc.SecurityGroupEgressRuleArgs{Description: pulumi.String(d.why)}
		if d.prefix.Addr().Is4() {
			args.CidrIpv4 = pulumi.String(d.prefix.String())
		} else {
			args.CidrIpv6 = pulumi.String(d.prefix.String())
		}
		if _, err := t.out(d.name(), t.SecurityGroupID, d.port, args); err != nil {
			return err
		}
	}
	return nil
}

// open lets the task connect to HTTPS anywhere: AWS's own interfaces and
// everything a product calls answer there.
func (t *Task) open() error {
	_, err := t.out("https", t.SecurityGroupID, https, vpc.SecurityGroupEgressRuleArgs{CidrIpv4: pulumi.String(anywhere)})
	if err != nil || !t.spec.Network.IPv6 {
		return err
	}
	_, err = t.out("https-v6", t.SecurityGroupID, https, vpc.SecurityGroupEgressRuleArgs{CidrIpv6: pulumi.String(anywhereV6)})
	return err
}

// private lets the task connect to HTTPS in its own network and S3, where ECR
// keeps the layers of images. The rule for the network is the one for anywhere,
// narrowed in place when S3 has its own and the endpoints are there: running tasks
// lose nothing in between.
func (t *Task) private() error {
	toS3, err := t.out("https-s3", t.SecurityGroupID, https, vpc.SecurityGroupEgressRuleArgs{PrefixListId: t.spec.Network.S3PrefixListID.ToStringOutput()})
	if err != nil {
		return err
	}
	_, err = t.out("https", t.SecurityGroupID, https, vpc.SecurityGroupEgressRuleArgs{CidrIpv4: t.spec.Network.CIDR.ToStringOutput()}, pulumi.DependsOn(append([]pulumi.Resource{toS3}, t.spec.Network.After...)))
	return err
}
