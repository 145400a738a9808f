package monitor_test

import (
	"fmt"

	"github.com/tenfold-iac/tenfold/components/monitor"
)

// Some monitors are switched off, each with a reason. A key that switches nothing
// off is an error after the last component.
func ExampleWithout() {
	var sink monitor.Sink = monitor.Off{Reason: "an example"}
	sink = monitor.Without(sink, map[string]string{"imports/sqs-backlog": "a nightly batch fills it"})
	fmt.Println(sink.(*monitor.Switch).Err())
	// Output: there is no monitor "imports/sqs-backlog" to switch off; a key is an ID of docs/runbooks, or a component's name and an ID as in jobs/sqs-backlog
}
