// Command stacks is the Pulumi program: one environment per stack, composed from
// the stack's YAML file. All of it is in package environment.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/stacks/environment"
)

func main() {
	pulumi.Run(environment.Deploy)
}
