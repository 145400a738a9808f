package eventbus

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/access"
)

// Publish lets a service put events on the bus as the sources, for example
// "tenfold.billing", and sets <NAME>_EVENT_BUS. It allows events:PutEvents on the
// bus, for these sources only. Without sources it may name any.
func (b *Bus) Publish(sources ...string) access.Grant {
	statement := access.Statement{Actions: []string{"events:PutEvents"}, Resources: []pulumi.StringInput{b.ARN}}
	if len(sources) > 0 {
		condition := access.Condition{Test: "StringEquals", Key: "events:source"}
		for _, s := range sources {
			condition.Values = append(condition.Values, pulumi.String(s))
		}
		statement.Conditions = []access.Condition{condition}
	}
	return access.Grant{
		Key:   b.name + "-publish",
		Allow: []access.Statement{statement},
		Env:   map[string]pulumi.StringInput{access.EnvName(b.name, "EVENT_BUS"): pulumi.String(b.Name)},
	}
}
