// Command guarded is a Pulumi program for a test: it declares the queues that
// the environment names.
package main

import (
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

type queue struct{ pulumi.CustomResourceState }

func main() { pulumi.Run(declare) }

// declare reads "<resource>=<queue name>[!]" separated by blanks; "!" protects.
func declare(ctx *pulumi.Context) error {
	for _, declared := range strings.Fields(os.Getenv("TENFOLD_TEST_QUEUES")) {
		name, physical, _ := strings.Cut(declared, "=")
		physical, protect := strings.CutSuffix(physical, "!")
		err := ctx.RegisterResource("aws:sqs/queue:Queue", name, pulumi.Map{"name": pulumi.String(physical)}, &queue{}, pulumi.Protect(protect))
		if err != nil {
			return err
		}
	}
	return nil
}
