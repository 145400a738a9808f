package schema

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// reserved are the beginnings of names that AWS keeps for itself.
var reserved = map[string]string{
	"aws:ec2/securityGroup:SecurityGroup": "sg-",
	"aws:lb/loadBalancer:LoadBalancer":    "internal-",
}

// CheckName refuses a name that the provider refuses, whether it was given or made
// from the logical name. The inputs are normalized ones.
func (r *Resource) CheckName(inputs resource.PropertyMap) []Problem {
	prefix, found := reserved[r.Token]
	if !found {
		return nil
	}
	var problems []Problem
	for _, property := range []string{"name", "namePrefix"} {
		if name, _ := stringOf(inputs, property); strings.HasPrefix(name, prefix) {
			problems = append(problems, Problem{property, fmt.Sprintf("cannot begin with %s, got %q", prefix, name)})
		}
	}
	return problems
}
