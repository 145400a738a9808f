package api

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	clusterType    = "aws:ecs/cluster:Cluster"
	definitionType = "aws:ecs/taskDefinition:TaskDefinition"
	serviceType    = account.ServiceType
	logGroupType   = "aws:cloudwatch/logGroup:LogGroup"
)

// task is a task that was started.
type task struct {
	ARN, cluster, definition, family string
	startedBy, group                 string
	overrides                        json.RawMessage
	container                        string
	exitCode                         int
	stopCode, reason                 string
	// ends is when the container ends by itself.
	ends time.Time
	// stream is where its output is, and output what it wrote.
	logGroup, stream string
	output           []string
}

func (t *task) stopped() bool { return !time.Now().Before(t.ends) }

// stop ends a task that runs, as SIGTERM ends a process.
func (t *task) stop(reason string) {
	t.ends, t.exitCode, t.stopCode, t.reason = time.Now(), 143, "UserInitiated", reason
}

// describe is the task as ECS describes it.
func (t *task) describe() map[string]any {
	container := map[string]any{"name": t.container, "lastStatus": "RUNNING"}
	described := map[string]any{
		"taskArn": t.ARN, "clusterArn": t.cluster, "taskDefinitionArn": t.definition, "startedBy": t.startedBy, "group": t.group,
		"lastStatus": "RUNNING", "desiredStatus": "RUNNING", "containers": []any{container},
	}
	if len(t.overrides) > 0 {
		described["overrides"] = t.overrides
	}
	if t.stopped() {
		container["lastStatus"], container["exitCode"] = "STOPPED", t.exitCode
		described["lastStatus"], described["desiredStatus"] = "STOPPED", "STOPPED"
		described["stopCode"], described["stoppedReason"] = t.stopCode, t.reason
	}
	return described
}

// runs is what the account says about a task that is to run.
type runs struct {
	cluster, definition *account.Resource
	containers          []containerDefinition
}

type containerDefinition struct {
	Name             string `json:"name"`
	LogConfiguration struct {
		Options map[string]string `json:"options"`
	} `json:"logConfiguration"`
}

// container returns the definition with the name, or the first one when there is
// no name.
func (r runs) container(name string) (containerDefinition, bool) {
	for _, c := range r.containers {
		if name == "" || c.Name == name {
			return c, true
		}
	}
	return containerDefinition{}, false
}

// find looks up a resource by ARN or, in the region, by name.
func find(tx *account.Tx, typ, region, text string) *account.Resource {
	if found, ok := tx.ByARN(text); ok && found.Type == typ && found.Exists() {
		return found
	}
	for _, found := range tx.ByName(typ, text) {
		if found.Exists() && found.Region == region {
			return found
		}
	}
	return nil
}

// findDefinition looks up a revision by ARN, or by family and revision; without a
// revision it is the newest.
func findDefinition(tx *account.Tx, region, text string) *account.Resource {
	if found, ok := tx.ByARN(text); ok && found.Type == definitionType && found.Exists() {
		return found
	}
	family, revision, exact := strings.Cut(text[strings.LastIndex(text, "/")+1:], ":")
	var newest *account.Resource
	for _, found := range tx.ByName(definitionType, family) {
		if found.Exists() && found.Region == region && (!exact || strings.HasSuffix(found.ARN, ":"+revision)) {
			newest = found
		}
	}
	return newest
}

// logOf is the group and stream of a container's output.
func logOf(c containerDefinition, id string) (group, stream string) {
	options := c.LogConfiguration.Options
	return options["awslogs-group"], options["awslogs-stream-prefix"] + "/" + c.Name + "/" + id
}
