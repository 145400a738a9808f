package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// runTaskRequest is the part of RunTask that is looked at.
type runTaskRequest struct {
	Cluster              string          `json:"cluster"`
	TaskDefinition       string          `json:"taskDefinition"`
	StartedBy            string          `json:"startedBy"`
	Overrides            json.RawMessage `json:"overrides"`
	NetworkConfiguration struct {
		AwsvpcConfiguration struct {
			Subnets        []string `json:"subnets"`
			SecurityGroups []string `json:"securityGroups"`
		} `json:"awsvpcConfiguration"`
	} `json:"networkConfiguration"`
}

// container is the container whose command is replaced.
func (r runTaskRequest) container() string {
	var overrides struct {
		ContainerOverrides []struct {
			Name string `json:"name"`
		} `json:"containerOverrides"`
	}
	if json.Unmarshal(r.Overrides, &overrides) != nil || len(overrides.ContainerOverrides) == 0 {
		return ""
	}
	return overrides.ContainerOverrides[0].Name
}

func (s *Server) runTask(c call) (any, error) {
	var request runTaskRequest
	if err := c.read(&request); err != nil {
		return nil, err
	}
	var found runs
	err := s.account.View(func(tx *account.Tx) (err error) {
		found, err = check(tx, c.region, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	container, ok := found.container(request.container())
	if !ok {
		return nil, refuse("InvalidParameterException", "Override for container named %s is not a container in the TaskDefinition.", request.container())
	}
	fault, err := s.account.TakeFault(account.TaskType, container.Name, account.OnCreate, nil)
	if err != nil {
		return nil, err
	}
	if fault != nil && fault.Error != "" && fault.ExitCode == nil {
		return nil, inAWSWords(fault.Error)
	}
	started, err := s.start(found, container, request, fault)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tasks": []any{started.describe()}, "failures": []any{}}, nil
}

// inAWSWords takes "Code: text" apart.
func inAWSWords(text string) error {
	if code, message, found := strings.Cut(text, ": "); found && !strings.Contains(code, " ") {
		return &failure{code, message}
	}
	return &failure{"ServerException", text}
}

// check refuses what ECS refuses.
func check(tx *account.Tx, region string, request runTaskRequest) (runs, error) {
	r := runs{cluster: find(tx, clusterType, region, request.Cluster), definition: findDefinition(tx, region, request.TaskDefinition)}
	if r.cluster == nil {
		return r, refuse("ClusterNotFoundException", "Cluster not found.")
	}
	if r.definition == nil {
		return r, refuse("ClientException", "TaskDefinition not found.")
	}
	if err := json.Unmarshal([]byte(r.definition.Text("containerDefinitions")), &r.containers); err != nil || len(r.containers) == 0 {
		return r, refuse("ClientException", "TaskDefinition has no containers.")
	}
	network := request.NetworkConfiguration.AwsvpcConfiguration
	if r.definition.Text("networkMode") == "awsvpc" && len(network.Subnets) == 0 {
		return r, refuse("InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	}
	for _, id := range network.Subnets {
		if _, ok := tx.Get(account.Key{Type: "aws:ec2/subnet:Subnet", ID: id}); !ok {
			return r, refuse("InvalidParameterException", "Error retrieving subnet information for [%s]: The subnet ID '%s' does not exist", id, id)
		}
	}
	for _, id := range network.SecurityGroups {
		if _, ok := tx.Get(account.Key{Type: "aws:ec2/securityGroup:SecurityGroup", ID: id}); !ok {
			return r, refuse("InvalidParameterException", "Error retrieving security group information for [%s]: The security group '%s' does not exist", id, id)
		}
	}
	return r, nil
}

// start remembers a task and decides how it ends.
func (s *Server) start(found runs, container containerDefinition, request runTaskRequest, fault *account.Fault) (*task, error) {
	t := &task{
		cluster: found.cluster.ARN, definition: found.definition.ARN, family: found.definition.Text("family"), startedBy: request.StartedBy,
		group: "family:" + found.definition.Text("family"), overrides: request.Overrides, container: container.Name, ends: time.Now(),
		stopCode: "EssentialContainerExited", reason: "Essential container in task exited",
		output: []string{"offline: no container ran"},
	}
	if fault != nil {
		t.ends = t.ends.Add(time.Duration(fault.Delay))
		if fault.ExitCode != nil {
			t.exitCode = *fault.ExitCode
		}
		if fault.Error != "" {
			t.output = strings.Split(fault.Error, "\n")
		}
	}
	return t, s.remember(t, container)
}

// remember gives a task an ARN and its log stream.
func (s *Server) remember(t *task, container containerDefinition) error {
	var id string
	err := s.account.Update(func(tx *account.Tx) error {
		id = tx.Random("ecs task " + t.family).Hex(32)
		return nil
	})
	if err != nil {
		return err
	}
	t.ARN = strings.Replace(t.cluster, ":cluster/", ":task/", 1) + "/" + id
	t.logGroup, t.stream = logOf(container, id)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.tasks[t.ARN] = t
	s.order = append(s.order, t.ARN)
	return nil
}

func (s *Server) describeTasks(c call) (any, error) {
	var request struct {
		Tasks []string `json:"tasks"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	described, failures := []any{}, []any{}
	for _, name := range request.Tasks {
		if t := s.named(name); t != nil {
			described = append(described, t.describe())
		} else {
			failures = append(failures, map[string]any{"arn": name, "reason": "MISSING"})
		}
	}
	return map[string]any{"tasks": described, "failures": failures}, nil
}

// named finds a task by ARN or id.
func (s *Server) named(name string) *task {
	if t := s.tasks[name]; t != nil {
		return t
	}
	for arn, t := range s.tasks {
		if strings.HasSuffix(arn, "/"+name) {
			return t
		}
	}
	return nil
}

func (s *Server) listTasks(c call) (any, error) {
	var request struct {
		Cluster       string `json:"cluster"`
		Family        string `json:"family"`
		StartedBy     string `json:"startedBy"`
		ServiceName   string `json:"serviceName"`
		DesiredStatus string `json:"desiredStatus"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if request.StartedBy != "" && request.Family+request.ServiceName+request.DesiredStatus != "" {
		return nil, refuse("InvalidParameterException", "When you specify startedBy as the filter, it must be the only filter that you use.")
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	arns := []string{}
	for _, arn := range s.order {
		t := s.tasks[arn]
		inCluster := t.cluster == request.Cluster || strings.HasSuffix(t.cluster, "/"+request.Cluster)
		if inCluster && t.stopped() == (request.DesiredStatus == "STOPPED") &&
			(request.Family == "" || t.family == request.Family) && (request.StartedBy == "" || t.startedBy == request.StartedBy) &&
			(request.ServiceName == "" || t.group == "service:"+request.ServiceName) {
			arns = append(arns, arn)
		}
	}
	slices.Reverse(arns)
	return map[string]any{"taskArns": arns}, nil
}

func (s *Server) stopTask(c call) (any, error) {
	var request struct {
		Task   string `json:"task"`
		Reason string `json:"reason"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	t := s.named(request.Task)
	if t == nil {
		return nil, refuse("InvalidParameterException", "The referenced task was not found.")
	}
	if !t.stopped() {
		t.stop(request.Reason)
	}
	return map[string]any{"task": t.describe()}, nil
}

func (s *Server) getLogEvents(c call) (any, error) {
	var request struct {
		LogGroupName  string `json:"logGroupName"`
		LogStreamName string `json:"logStreamName"`
		Limit         int    `json:"limit"`
		StartFromHead bool   `json:"startFromHead"`
		NextToken     string `json:"nextToken"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	exists := false
	_ = s.account.View(func(tx *account.Tx) error { // a view that returns nil does not fail
		exists = find(tx, logGroupType, c.region, request.LogGroupName) != nil
		return nil
	})
	if !exists {
		return nil, refuse("ResourceNotFoundException", "The specified log group does not exist.")
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, t := range s.tasks {
		if t.logGroup == request.LogGroupName && t.stream == request.LogStreamName {
			if request.StartFromHead {
				return t.after(request.NextToken), nil
			}
			return map[string]any{"events": t.events(t.lastLines(request.Limit))}, nil
		}
	}
	return nil, refuse("ResourceNotFoundException", "The specified log stream does not exist.")
}

// lastLines are as many of the lines that were written.
func (t *task) lastLines(limit int) []string {
	lines := t.output
	if limit > 0 && len(lines) > limit {
		lines = lines[len(lines)-limit:]
	}
	return lines
}

// after is the log from where a token stands. All of it is written when the task
// ends.
func (t *task) after(token string) map[string]any {
	const end = "f/end"
	if !t.stopped() || token == end {
		return map[string]any{"events": []any{}, "nextForwardToken": token}
	}
	return map[string]any{"events": t.events(t.output), "nextForwardToken": end}
}

// events are lines as CloudWatch Logs has them.
func (t *task) events(lines []string) []any {
	events := []any{}
	for _, line := range lines {
		events = append(events, map[string]any{"message": line, "timestamp": t.ends.UnixMilli(), "ingestionTime": t.ends.UnixMilli()})
	}
	return events
}
