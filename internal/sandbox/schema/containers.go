package schema

import (
	"encoding/json"
	"reflect"
	"sort"
	"strings"
)

// shape is the known keys of an object in a container definition; a nil shape
// is a value taken as it is.
type shape map[string]shape

var (
	pair   = shape{"name": nil, "value": nil}
	secret = shape{"name": nil, "valueFrom": nil}
	// containerShape is what the provider reads of a container definition. It
	// drops every other key in silence, so that a mistyped key has no effect.
	containerShape = shape{
		"command": nil, "cpu": nil, "credentialSpecs": nil, "disableNetworking": nil, "dnsSearchDomains": nil,
		"dnsServers": nil, "dockerLabels": nil, "dockerSecurityOptions": nil, "entryPoint": nil, "essential": nil,
		"hostname": nil, "image": nil, "interactive": nil, "links": nil, "memory": nil, "memoryReservation": nil,
		"name": nil, "privileged": nil, "pseudoTerminal": nil, "readonlyRootFilesystem": nil, "startTimeout": nil,
		"stopTimeout": nil, "user": nil, "versionConsistency": nil, "workingDirectory": nil,
		"dependsOn":             {"condition": nil, "containerName": nil},
		"environment":           pair,
		"environmentFiles":      {"type": nil, "value": nil},
		"extraHosts":            {"hostname": nil, "ipAddress": nil},
		"firelensConfiguration": {"type": nil, "options": nil},
		"healthCheck":           {"command": nil, "interval": nil, "retries": nil, "startPeriod": nil, "timeout": nil},
		"linuxParameters": {
			"capabilities": {"add": nil, "drop": nil}, "devices": {"hostPath": nil, "containerPath": nil, "permissions": nil},
			"initProcessEnabled": nil, "maxSwap": nil, "sharedMemorySize": nil, "swappiness": nil,
			"tmpfs": {"containerPath": nil, "mountOptions": nil, "size": nil},
		},
		"logConfiguration":      {"logDriver": nil, "options": nil, "secretOptions": secret},
		"mountPoints":           {"containerPath": nil, "readOnly": nil, "sourceVolume": nil},
		"portMappings":          {"appProtocol": nil, "containerPort": nil, "containerPortRange": nil, "hostPort": nil, "name": nil, "protocol": nil},
		"repositoryCredentials": {"credentialsParameter": nil},
		"resourceRequirements":  {"type": nil, "value": nil},
		"restartPolicy":         {"enabled": nil, "ignoredExitCodes": nil, "restartAttemptPeriod": nil},
		"secrets":               secret,
		"systemControls":        {"namespace": nil, "value": nil},
		"ulimits":               {"name": nil, "hardLimit": nil, "softLimit": nil},
		"volumesFrom":           {"readOnly": nil, "sourceContainer": nil},
	}
)

// sameContainers compares two lists of container definitions as the provider
// does: containers, environment and secrets in any order, and the defaults the
// cloud fills in. Everything else counts as a change, and a change replaces
// the task definition.
func sameContainers(a, b string, awsvpc bool) bool {
	x, ok := reduced(a, awsvpc)
	if !ok {
		return false
	}
	y, ok := reduced(b, awsvpc)
	return ok && reflect.DeepEqual(x, y)
}

// reduced brings container definitions to one form.
func reduced(text string, awsvpc bool) ([]map[string]any, bool) {
	var raw []map[string]any
	if err := json.Unmarshal([]byte(text), &raw); err != nil {
		return nil, false
	}
	out := make([]map[string]any, 0, len(raw))
	for _, item := range raw {
		container, _ := shaped(item, containerShape).(map[string]any)
		reduce(container, awsvpc)
		out = append(out, container)
	}
	sortByName(out)
	return out, true
}

// shaped keeps the known keys of a value, whatever their case, and drops
// nulls.
func shaped(v any, s shape) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			switch {
			case s == nil && item == nil: // in a map of texts null is the empty text
				out[key] = ""
				continue
			case s == nil:
				out[key] = shaped(item, nil)
				continue
			case item == nil:
				continue
			}
			for known, inner := range s {
				if strings.EqualFold(key, known) {
					out[known] = shaped(item, inner)
				}
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = shaped(item, s)
		}
		return out
	}
	return v
}

func reduce(c map[string]any, awsvpc bool) {
	if c["cpu"] == 0.0 {
		delete(c, "cpu")
	}
	if _, ok := c["essential"]; !ok {
		c["essential"] = true
	}
	for _, mapping := range objects(c["portMappings"]) {
		if mapping["protocol"] == "tcp" {
			delete(mapping, "protocol")
		}
		if mapping["hostPort"] == 0.0 {
			delete(mapping, "hostPort")
		}
		if port, ok := mapping["containerPort"]; ok && awsvpc && mapping["hostPort"] == nil {
			mapping["hostPort"] = port
		}
	}
	if check, ok := c["healthCheck"].(map[string]any); ok {
		for key, value := range map[string]float64{"interval": 30, "retries": 3, "timeout": 5} {
			if _, set := check[key]; !set {
				check[key] = value
			}
		}
	}
	for key, value := range c { // only lists directly in the container: deeper ones count
		if items, ok := value.([]any); ok && len(items) == 0 {
			delete(c, key)
		}
	}
	for _, key := range []string{"environment", "secrets"} {
		if entries := objects(c[key]); len(entries) > 0 {
			sortByName(entries)
			c[key] = entries
		}
	}
}

// sortByName orders objects by their name; equal names keep their order.
func sortByName(items []map[string]any) {
	sort.SliceStable(items, func(i, j int) bool {
		a, _ := items[i]["name"].(string)
		b, _ := items[j]["name"].(string)
		return a < b
	})
}

// objects returns the objects of a list.
func objects(v any) []map[string]any {
	items, _ := v.([]any)
	out := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

// containersProblem wants a list of container definitions whose values have
// the types the provider decodes them into.
func containersProblem(text string) string {
	var containers []struct {
		Name, Image, Hostname, User, WorkingDirectory *string
		CPU, Memory, MemoryReservation                *int32
		StartTimeout, StopTimeout                     *int32
		Essential, Privileged, ReadonlyRootFilesystem *bool
		Command, EntryPoint, Links, DNSServers        []string
		DockerLabels                                  map[string]*string
		Environment                                   []struct{ Name, Value *string }
		Secrets                                       []struct{ Name, ValueFrom *string }
		PortMappings                                  []struct{ ContainerPort, HostPort *int32 }
		MountPoints                                   []struct{ ReadOnly *bool }
		HealthCheck                                   *struct{ Interval, Retries, StartPeriod, Timeout *int32 }
	}
	if err := json.Unmarshal([]byte(text), &containers); err != nil {
		return "must be a JSON list of container definitions (" + err.Error() + ")"
	}
	return ""
}
