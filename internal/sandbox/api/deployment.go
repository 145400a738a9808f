package api

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// deployed is what ECS deploys as one, and goes back to as one: what the
// documentation of service revisions lists.
var deployed = []resource.PropertyKey{
	"capacityProviderStrategies", "launchType", "loadBalancers", "networkConfiguration", "platformVersion",
	"serviceConnectConfiguration", "serviceRegistries", "taskDefinition", "volumeConfiguration",
}

// GoBack gives a service what was deployed before, as a rollback does.
func GoBack(service, before resource.PropertyMap) {
	for _, key := range deployed {
		if value, had := before[key]; had {
			service[key] = value
		} else {
			delete(service, key)
		}
	}
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

// deployment is a deployment as ECS remembers it, with the service.
type deployment struct {
	ARN string `json:"arn"`
	// Status and Reason are those at the end, and Rollback why it went back.
	Status   string    `json:"status"`
	Reason   string    `json:"reason,omitempty"`
	Rollback string    `json:"rollback,omitempty"`
	Alarms   []string  `json:"alarms,omitempty"`
	Began    time.Time `json:"began"`
	Decided  time.Time `json:"decided"`
	// Before is what the service goes back to when the end comes, nil when nothing
	// is left to do.
	Before account.Properties `json:"before,omitempty"`
}

// remembered is how many deployments of a service are.
const remembered = 20

func deploymentsOf(service *account.Resource) ([]*deployment, error) {
	if len(service.Hidden) == 0 {
		return nil, nil
	}
	var all []*deployment
	err := json.Unmarshal(service.Hidden, &all)
	return all, err
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
	var last *task
	var container containerDefinition
	err := s.account.Update(func(tx *account.Tx) error {
		running, ok := tx.ByARN(d.Service)
		if !ok || running.Type != serviceType {
			return nil
		}
		all, err := deploymentsOf(running)
		if err != nil {
			return err
		}
		made := &deployment{
			ARN:    strings.Replace(d.Service, ":service/", ":service-deployment/", 1) + "/" + tx.Random("deployment "+d.Service).Hex(22),
			Status: "SUCCESSFUL", Began: time.Now(), Decided: time.Now().Add(d.Later),
		}
		if d.Failed {
			made.fails(running, d)
			if last, container, err = s.failing(tx, running, d); err != nil {
				return err
			}
		}
		return remember(tx, running.Clone(), append(all, made))
	})
	if err != nil || last == nil {
		return err
	}
	return s.remember(last, container)
}

// remember keeps the newest deployments with the service.
func remember(tx *account.Tx, service *account.Resource, all []*deployment) error {
	encoded, err := json.Marshal(all[max(0, len(all)-remembered):])
	if err != nil {
		return err
	}
	service.Hidden = encoded
	tx.Put(service)
	return nil
}

// fails says how ECS ends the deployment. What fires after all tasks are new are
// the alarms, if it watches any.
func (d *deployment) fails(running *account.Resource, played Deployment) {
	d.Status, d.Reason, d.Rollback = "ROLLBACK_SUCCESSFUL", breaker, breaker
	alarms := resource.PropertyMap(running.Properties)["alarms"]
	if played.Later > 0 && alarms.IsObject() && alarms.ObjectValue()["enable"].IsBool() && alarms.ObjectValue()["enable"].BoolValue() {
		d.Reason, d.Rollback = alarming, alarming
		for _, name := range alarms.ObjectValue()["alarmNames"].ArrayValue() {
			d.Alarms = append(d.Alarms, name.StringValue())
		}
	}
	if played.Before == nil {
		d.Status, d.Reason = "ROLLBACK_FAILED", nowhere
	}
	if played.Later > 0 {
		d.Before = account.Properties{}
		for _, key := range deployed {
			if before, had := played.Before[key]; had {
				d.Before[key] = before
			}
		}
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

// Settle takes back the services whose time has come, or all that are to go back.
func (s *Server) Settle(all bool) error {
	return s.account.Update(func(tx *account.Tx) error {
		for _, service := range tx.ByType(serviceType) {
			if err := settle(tx, service, all); err != nil {
				return err
			}
		}
		return nil
	})
}

// settle makes a service what it was before the deployments that have failed by now.
func settle(tx *account.Tx, service *account.Resource, all bool) error {
	deployments, err := deploymentsOf(service)
	if err != nil {
		return err
	}
	after, changed := service.Clone(), false
	for _, d := range deployments {
		if d.Before == nil || !all && time.Now().Before(d.Decided) {
			continue
		}
		GoBack(resource.PropertyMap(after.Properties), resource.PropertyMap(d.Before))
		d.Before, changed = nil, true
	}
	if !changed {
		return nil
	}
	return remember(tx, after, deployments)
}

// describe is the deployment as ECS lists it.
func (d *deployment) describe(service string) map[string]any {
	described := map[string]any{
		"serviceDeploymentArn": d.ARN, "serviceArn": service, "status": "IN_PROGRESS", "createdAt": seconds(d.Began), "startedAt": seconds(d.Began),
	}
	if d.Before == nil {
		described["status"], described["finishedAt"] = d.Status, seconds(d.Decided)
		if d.Reason != "" {
			described["statusReason"] = d.Reason
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
	deployments, err := deploymentsOf(service)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, d := range slices.Backward(deployments) {
		described := d.describe(service.ARN)
		status, _ := described["status"].(string)
		if seconds(d.Began) > request.CreatedAt.After && (len(request.Status) == 0 || slices.Contains(request.Status, status)) {
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
	found, failures := []any{}, []any{}
	for _, arn := range request.ARNs {
		// It is the ARN of the service with an id behind.
		service, err := s.service(c.region, "", strings.Replace(arn[:max(0, strings.LastIndex(arn, "/"))], ":service-deployment/", ":service/", 1))
		if err != nil {
			return nil, err
		}
		described, err := whole(service, arn)
		if err != nil {
			return nil, err
		}
		if described == nil {
			failures = append(failures, map[string]any{"arn": arn, "reason": "MISSING"})
			continue
		}
		found = append(found, described)
	}
	return map[string]any{"serviceDeployments": found, "failures": failures}, nil
}

// whole is a deployment with why it went back, nil when there is none.
func whole(service *account.Resource, arn string) (map[string]any, error) {
	if service == nil {
		return nil, nil
	}
	deployments, err := deploymentsOf(service)
	at := slices.IndexFunc(deployments, func(d *deployment) bool { return d.ARN == arn })
	if err != nil || at < 0 {
		return nil, err
	}
	d := deployments[at]
	described := d.describe(service.ARN)
	if d.Before == nil && d.Rollback != "" {
		described["rollback"] = map[string]any{"reason": d.Rollback, "startedAt": seconds(d.Decided)}
		if len(d.Alarms) > 0 {
			described["alarms"] = map[string]any{"status": "TRIGGERED", "alarmNames": d.Alarms, "triggeredAlarmNames": d.Alarms}
		}
	}
	return described, nil
}

func (s *Server) describeServices(c call) (any, error) {
	var request struct {
		Cluster  string   `json:"cluster"`
		Services []string `json:"services"`
	}
	if err := c.read(&request); err != nil {
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

// service finds a service as it is now, by ARN, or by name in its cluster; nil when
// there is none.
func (s *Server) service(region, cluster, name string) (*account.Resource, error) {
	if err := s.Settle(false); err != nil {
		return nil, err
	}
	var service *account.Resource
	err := s.account.View(func(tx *account.Tx) error {
		if found, ok := tx.ByARN(name); ok && found.Type == serviceType && found.Exists() {
			service = found
			return nil
		}
		if name == "" || strings.HasPrefix(name, "arn:") {
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
