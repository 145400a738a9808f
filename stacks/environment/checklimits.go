package environment

import "fmt"

// What AWS takes. Source: AWS, Quotas for your Application Load Balancers and
// Amazon VPC quotas. The first is never raised, the second is when it is asked for.
const (
	maxRoutes  = 100 // target groups of a load balancer; each service with a host has one
	usualRules = 60  // rules of a security group in one direction
)

// tenancyFunctions is how many functions of the tenant guard connect to the database.
const tenancyFunctions = 3

// checkLimits notes what no environment can have, however much of AWS's quotas is
// raised.
func (c *Config) checkLimits(p *problems) {
	if n := c.routes(); n > maxRoutes {
		p.add("tenfold:services", "has %d services with a host, and the load balancer takes %d target groups, which AWS does not raise; give serve in place of a host to those that only other services call, or move some to another environment", n, maxRoutes)
	}
}

// routes is how many services have a host.
func (c *Config) routes() (n int) {
	for _, s := range c.Services {
		if s.Host != "" {
			n++
		}
	}
	return n
}

// rules is how many rules there are of where the load balancer may connect to, and
// of what may connect to the database.
func (c *Config) rules() (balancer, database int) {
	balancer, database = c.routes(), tenancyFunctions
	login := 0
	for _, s := range c.Services {
		if s.Login != (Login{}) {
			login = 1 // for all providers together
		}
		database += connects(s.Container)
	}
	for _, j := range c.Jobs {
		database += connects(j.Container)
	}
	return balancer + login, database
}

// connects is how many rules let a task in to the database: one, whatever it does
// there, or none.
func connects(s Container) int {
	for _, u := range uses(s, "", nil) {
		if u.kind == "database" {
			return 1
		}
	}
	return 0
}

// quotas says what has to be raised in the account before the environment is
// deployed. What it is there, only AWS knows.
func (c *Config) quotas() (warnings []string) {
	balancer, database := c.rules()
	for _, group := range []struct {
		rules     int
		direction string
	}{
		{balancer, "out of the load balancer, one for each service with a host"},
		{database, "in to the database, one for each service or job that uses it"},
	} {
		if group.rules > usualRules {
			warnings = append(warnings, fmt.Sprintf("%d rules lead %s, and AWS takes %d of a security group in one direction unless its quota is raised; ask for more of \"Inbound or outbound rules per security group\" (Amazon VPC, L-0EA8095F) first", group.rules, group.direction, usualRules))
		}
	}
	return warnings
}
