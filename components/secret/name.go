package secret

import "github.com/tenfold-iac/tenfold/components/internal/naming"

// PhysicalName is the name in Secrets Manager of a secret that a stack declares,
// for tools that put the value in.
func PhysicalName(project, stack, name string) (string, error) {
	physical, err := naming.Fit(naming.Secret, "/", project, stack, name)
	return withoutTail(physical), err
}
