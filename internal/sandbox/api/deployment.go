package api

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// deployment is a deployment of a service that ECS ended.
type deployment struct {
	arn, status, reason string
	at                  time.Time
}

// breaker is what ECS says of a deployment that its circuit breaker stopped.
const breaker = "Service deployment rolled back because the circuit breaker threshold was exceeded."

// RolledBack plays the tasks of a deployment that ECS went back from: those of
// the revision that was asked for ended, with the given output, before they were
// healthy. The ARNs are those of the service and of the revision.
func (s *Server) RolledBack(service, definition, output string) error {
	var (
		t         *task
		container containerDefinition
		arn       string
	)
	if output == "" {
		output = "offline: no container ran"
	}
	err := s.account.Update(func(tx *account.Tx) error {
		running, ok := tx.ByARN(service)
		revision := findDefinition(tx, s.region, definition)
		if !ok || running.Type != serviceType || revision == nil {
			return nil
		}
		var containers []containerDefinition
		if err := json.Unmarshal([]byte(revision.Text("containerDefinitions")), &containers); err != nil || len(containers) == 0 {
			return err
		}
		container, _ = runs{containers: containers}.container(running.LogicalName())
		if container.Name == "" {
			container = containers[0]
		}
		arn = strings.Replace(service, ":service/", ":service-deployment/", 1) + "/" + tx.Random("deployment "+service).Hex(22)
		t = &task{
			cluster: running.Text("cluster"), definition: revision.ARN, family: revision.Text("family"), startedBy: "ecs-svc/" + tx.Random("deployment id "+service).Digits(19),
			group: "service:" + running.Name, container: container.Name, exitCode: 1, ends: time.Now(),
			stopCode: "EssentialContainerExited", reason: "Essential container in task exited", output: strings.Split(output, "\n"),
		}
		return nil
	})
	if err != nil || t == nil {
		return err
	}
	if err := s.remember(t, container); err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.deployments[service] = append([]deployment{{arn: arn, status: "ROLLBACK_SUCCESSFUL", reason: breaker, at: time.Now()}}, s.deployments[service]...)
	return nil
}

func (s *Server) listServiceDeployments(c call) (any, error) {
	var request struct {
		Cluster string `json:"cluster"`
		Service string `json:"service"`
	}
	if err := c.read(&request); err != nil {
		return nil, err
	}
	arn := ""
	err := s.account.View(func(tx *account.Tx) error {
		if found, ok := tx.ByARN(request.Service); ok && found.Type == serviceType {
			arn = found.ARN
			return nil
		}
		cluster := find(tx, clusterType, c.region, request.Cluster)
		for _, found := range tx.ByName(serviceType, request.Service) {
			if cluster != nil && found.Text("cluster") == cluster.ARN && found.Exists() {
				arn = found.ARN
			}
		}
		if arn == "" {
			return refuse("ServiceNotFoundException", "Service not found.")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	list := []any{}
	for _, d := range s.deployments[arn] {
		list = append(list, map[string]any{
			"serviceDeploymentArn": d.arn, "serviceArn": arn, "status": d.status, "statusReason": d.reason,
			"createdAt": float64(d.at.UnixMilli()) / 1000, "finishedAt": float64(d.at.UnixMilli()) / 1000,
		})
	}
	return map[string]any{"serviceDeployments": list}, nil
}
