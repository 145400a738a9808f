package monitor

// catalogue lists every kind of monitor. Each has a runbook
// (docs/runbooks/<ID>.md), and a spec with another ID is refused: an alert that
// nobody knows how to handle is worse than none.
var catalogue = map[string]bool{
	// Application Load Balancer.
	"alb-5xx-ratio":   true,
	"alb-latency-p95": true,
	"alb-no-healthy":  true,
	"alb-unhealthy":   true,
	// Aurora PostgreSQL.
	"aur-acu":       true,
	"aur-acu-cost":  true,
	"aur-commit":    true,
	"aur-conn":      true,
	"aur-cpu":       true,
	"aur-dbload":    true,
	"aur-deadlocks": true,
	"aur-lag":       true,
	"aur-mem":       true,
	"aur-restart":   true,
	"aur-slot":      true,
	"aur-xid":       true,
	// AWS Backup.
	"bak-failed": true,
	// EventBridge.
	"eb-dlq":      true,
	"eb-dlq-lost": true,
	"eb-failed":   true,
	// ECS services.
	"ecs-at-max":             true,
	"ecs-pending":            true,
	"ecs-running-lt-desired": true,
	"ecs-svc-cpu":            true,
	"ecs-svc-mem":            true,
	"ecs-zero-running":       true,
	// Jobs.
	"job-failed": true,
	// NAT gateways and instances.
	"nat-drop":            true,
	"nat-instance-cpu":    true,
	"nat-instance-status": true,
	"nat-port":            true,
	// RDS Proxy.
	"prx-auth":   true,
	"prx-avail":  true,
	"prx-borrow": true,
	"prx-fail":   true,
	"prx-sat":    true,
	// SQS.
	"sqs-age":      true,
	"sqs-backlog":  true,
	"sqs-dlq":      true,
	"sqs-inflight": true,
	"sqs-stalled":  true,
	// Tenancy.
	"tenancy-audit-silent": true,
	"tenancy-violations":   true,
	// Valkey.
	"vk-evict":    true,
	"vk-mem":      true,
	"vk-throttle": true,
}

// IDs lists the catalogue in alphabetical order.
func IDs() []string { return sortedKeys(catalogue) }
