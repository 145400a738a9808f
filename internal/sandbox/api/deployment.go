package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Deployed is what ECS deploys as one, and goes back to as one: what the
// documentation of service revisions lists.
var Deployed = []resource.PropertyKey{
	"capacityProviderStrategies", "launchType", "loadBalancers", "networkConfiguration", "platformVersion",
	"serviceConnectConfiguration", "serviceRegistries", "taskDefinition", "volumeConfiguration",
}

// Deployment is a deployment that the provider began.
type Deployment struct {
	// Service is the ARN of the service.
	Service string
	// Definition is the revision that was asked for.
	Definition resource.PropertyValue
	// Failed has ECS go back to Before, the properties of the service as it was;
	// without them there is nothing to go back to.
	Failed bool
	Before resource.PropertyMap
	// Output is what the tasks of a deployment that failed wrote.
	Output string
	// Later is when ECS goes back, counted from now. Default: it has already.
	Later time.Duration
}

// deployment is a deployment as ECS knows it.
type deployment struct {
	arn, service string
	// status and reason are those at the end, and rollback why it went back.
	status, reason, rollback string
	alarms                   []string
	began, decided           time.Time
	// back takes the service back when the end comes, nil when nothing is left to do.
	back func() error
}

const (
	// What ECS says when its circuit breaker stopped a deployment, when nothing is
	// there to go back to, and when an alarm fired. The last one is not in its
	// documentation; the wording is ours.
	breaker  = "Service deployment rolled back because the circuit breaker threshold was exceeded."
	nowhere  = "No rollback candidate was found to run the rollback."
	alarming = "Service deployment rolled back because of alarms."
)

// Deploy has ECS know of a deployment, and plays the end of one that failed.
func (s *Server) Deploy(d Deployment) error {
	if !d.Definition.IsString() {
		return nil
	}
	made := &deployment{service: d.Service, status: "SUCCESSFUL", began: time.Now(), decided: time.Now().Add(d.Later)}
	var tasks *task
	var container containerDefinition
	err := s.account.Update(func(tx *account.Tx) error {
		running, ok := tx.ByARN(d.Service)
		if !ok || running.Type != serviceType {
			return nil
		}
		made.arn = strings.Replace(d.Service, ":service/", ":service-deployment/", 1) + "/" + tx.Random("deployment "+d.Service).Hex(22)
		if !d.Failed {
			return nil
		}
		made.fails(running, d)
		var err error
		tasks, container, err = s.failing(tx, running, d)
		return err
	})
	if err != nil || made.arn == "" {
		return err
	}
	if d.Later > 0 {
		made.back = func() error { return s.goBack(d) }
	}
	if tasks != nil {
		if err := s.remember(tasks, container); err != nil {
			return err
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.deployments = append(s.deployments, made)
	return nil
}

// fails says how ECS ends the deployment. What fires after all tasks are new are
// the alarms, if it watches any.
func (d *deployment) fails(running *account.Resource, played Deployment) {
	d.status, d.reason, d.rollback = "ROLLBACK_SUCCESSFUL", breaker, breaker
	alarms := resource.PropertyMap(running.Properties)["alarms"]
	if played.Later > 0 && alarms.IsObject() && alarms.ObjectValue()["enable"].IsBool() && alarms.ObjectValue()["enable"].BoolValue() {
		d.reason, d.rollback = alarming, alarming
		for _, name := range alarms.ObjectValue()["alarmNames"].ArrayValue() {
			d.alarms = append(d.alarms, name.StringValue())
		}
	}
	if played.Before == nil {
		d.status, d.reason = "ROLLBACK_FAILED", nowhere
	}
}

// failing is the last task of the revision that failed: its container ended, with
// the given output, before it was healthy.
func (s *Server) failing(tx *account.Tx, running *account.Resource, d Deployment) (*task, containerDefinition, error) {
	revision := findDefinition(tx, s.region, d.Definition.StringValue())
	if revision == nil {
		return nil, containerDefinition{}, nil
	}
	var containers []containerDefinition
	if err := json.Unmarshal([]byte(revision.Text("containerDefinitions")), &containers); err != nil || len(containers) == 0 {
		return nil, containerDefinition{}, err
	}
	container, _ := runs{containers: containers}.container(running.LogicalName())
	if container.Name == "" {
		container = containers[0]
	}
	output := d.Output
	if output == "" {
		output = "offline: no container ran"
	}
	return &task{
		cluster: running.Text("cluster"), definition: revision.ARN, family: revision.Text("family"), startedBy: "ecs-svc/" + tx.Random("deployment id "+d.Service).Digits(19),
		group: "service:" + running.Name, container: container.Name, exitCode: 1, ends: time.Now(),
		stopCode: "EssentialContainerExited", reason: "Essential container in task exited", output: strings.Split(output, "\n"),
	}, container, nil
}

// goBack makes the service what it was.
func (s *Server) goBack(d Deployment) error {
	return s.account.Update(func(tx *account.Tx) error {
		running, ok := tx.ByARN(d.Service)
		if !ok {
			return nil
		}
		after := running.Clone()
		for _, key := range Deployed {
			if before, had := d.Before[key]; had {
				after.Properties[key] = before
			} else {
				delete(after.Properties, key)
			}
		}
		tx.Put(after)
		return nil
	})
}

// decide takes back the services whose time has come, or all of them.
func (s *Server) decide(all bool) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, d := range s.deployments {
		if d.back == nil || !all && time.Now().Before(d.decided) {
			continue
		}
		if err := d.back(); err != nil {
			return err
		}
		d.back = nil
	}
	return nil
}

// describe is the deployment as ECS lists it.
func (d *deployment) describe() map[string]any {
	described := map[string]any{
		"serviceDeploymentArn": d.arn, "serviceArn": d.service, "status": "IN_PROGRESS", "createdAt": seconds(d.began), "startedAt": seconds(d.began),
	}
	if d.back == nil {
		described["status"], described["finishedAt"] = d.status, seconds(d.decided)
		if d.reason != "" {
			described["statusReason"] = d.reason
		}
	}
	return described
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (s *Server) listServiceDeployments(c call) (any, error) {
	var request struct {
		Cluster   string `json:"cluster"`
		Service   string `json:"service"`
		CreatedAt struct {
			After float64 `json:"after"`
		} `json:"createdAt"`
		Status []string `json:"status"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	service, err := s.service(c.region, request.Cluster, request.Service)
	if err != nil {
		return nil, err
	}
	if service == nil {
		return nil, refuse("ServiceNotFoundException", "Service not found.")
	}
	if err := s.decide(false); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := []any{}
	for _, d := range slices.Backward(s.deployments) {
		described := d.describe()
		status, _ := described["status"].(string)
		if d.service == service.ARN && seconds(d.began) > request.CreatedAt.After && (len(request.Status) == 0 || slices.Contains(request.Status, status)) {
			list = append(list, described)
		}
	}
	return map[string]any{"serviceDeployments": list}, nil
}

func (s *Server) describeServiceDeployments(c call) (any, error) {
	var request struct {
		ARNs []string `json:"serviceDeploymentArns"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if err := s.decide(false); err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	found, failures := []any{}, []any{}
	for _, arn := range request.ARNs {
		at := slices.IndexFunc(s.deployments, func(d *deployment) bool { return d.arn == arn })
		if at < 0 {
			failures = append(failures, map[string]any{"arn": arn, "reason": "MISSING"})
			continue
		}
		d := s.deployments[at]
		described := d.describe()
		if d.back == nil && d.rollback != "" {
			described["rollback"] = map[string]any{"reason": d.rollback, "startedAt": seconds(d.decided)}
			described["alarms"] = map[string]any{"status": "TRIGGERED", "alarmNames": d.alarms, "triggeredAlarmNames": d.alarms}
			if len(d.alarms) == 0 {
				delete(described, "alarms")
			}
		}
		found = append(found, described)
	}
	return map[string]any{"serviceDeployments": found, "failures": failures}, nil
}

func (s *Server) describeServices(c call) (any, error) {
	var request struct {
		Cluster  string   `json:"cluster"`
		Services []string `json:"services"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	if err := s.decide(false); err != nil {
		return nil, err
	}
	described, failures := []any{}, []any{}
	for _, name := range request.Services {
		found, err := s.service(c.region, request.Cluster, name)
		if err != nil {
			return nil, err
		}
		if found == nil {
			failures = append(failures, map[string]any{"arn": name, "reason": "MISSING"})
			continue
		}
		described = append(described, map[string]any{
			"serviceArn": found.ARN, "serviceName": found.Name, "clusterArn": found.Text("cluster"), "status": "ACTIVE", "taskDefinition": found.Text("taskDefinition"),
		})
	}
	return map[string]any{"services": described, "failures": failures}, nil
}

// service finds a service by ARN, or by name in its cluster; nil when there is none.
func (s *Server) service(region, cluster, name string) (*account.Resource, error) {
	var service *account.Resource
	err := s.account.View(func(tx *account.Tx) error {
		if found, ok := tx.ByARN(name); ok && found.Type == serviceType && found.Exists() {
			service = found
			return nil
		}
		in := find(tx, clusterType, region, cluster)
		if in == nil {
			return refuse("ClusterNotFoundException", "Cluster not found.")
		}
		for _, found := range tx.ByName(serviceType, name) {
			if found.Text("cluster") == in.ARN && found.Exists() {
				service = found
			}
		}
		return nil
	})
	return service, err
}
