package cloud

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// Refusal is AWS saying no.
type Refusal struct {
	// Code is AWS's error code; empty when the provider itself refuses.
	Code string
	// Message is AWS's text.
	Message string
}

func (r *Refusal) Error() string {
	if r.Code == "" {
		return r.Message
	}
	return r.Code + ": " + r.Message
}

// refuse makes a refusal with AWS's code and a formatted text.
func refuse(code, format string, arguments ...any) error {
	return &Refusal{Code: code, Message: fmt.Sprintf(format, arguments...)}
}

// refusal expands "Code: text" of the data files. A text without a code is the
// provider's own.
func (op *operation) refusal(template string) error {
	text := op.text(template)
	code, message, ok := strings.Cut(text, ": ")
	if !ok || strings.Contains(code, " ") {
		return &Refusal{Message: text}
	}
	return &Refusal{Code: code, Message: message}
}

// serviceNames are the services as the AWS SDK names them in errors, by data
// file.
var serviceNames = map[string]string{"acm": "ACM", "appautoscaling": "Application Auto Scaling", "backup": "Backup", "cloudfront": "CloudFront",
	"cloudwatch": "CloudWatch", "dynamodb": "DynamoDB", "ec2": "EC2", "ecr": "ECR", "ecs": "ECS", "elasticache": "ElastiCache", "iam": "IAM", "kms": "KMS", "lambda": "Lambda",
	"lb": "Elastic Load Balancing v2", "logs": "CloudWatch Logs", "pipes": "Pipes", "rds": "RDS", "route53": "Route 53", "s3": "S3", "scheduler": "Scheduler",
	"secretsmanager": "Secrets Manager", "servicediscovery": "ServiceDiscovery", "sfn": "SFN", "sns": "SNS", "sqs": "SQS", "ssm": "SSM", "vpc": "EC2", "wafv2": "WAFV2",
	"datadog": "Datadog"}

// OperationError is a refusal with what was attempted, worded as the Terraform
// AWS provider words it.
type OperationError struct {
	Operation account.Operation
	Label     string
	ID        string
	Service   string
	Action    string
	RequestID string
	Cause     error
}

func (e *OperationError) Unwrap() error { return e.Cause }

func (e *OperationError) Error() string {
	verb := map[account.Operation]string{account.OnCreate: "creating", account.OnRead: "reading",
		account.OnUpdate: "updating", account.OnDelete: "deleting"}[e.Operation]
	subject := e.Label
	if e.ID != "" {
		subject += " (" + e.ID + ")"
	}
	var refusal *Refusal
	if !errors.As(e.Cause, &refusal) || refusal.Code == "" {
		return fmt.Sprintf("%s %s: %s", verb, subject, e.Cause)
	}
	return fmt.Sprintf("%s %s: operation error %s: %s, https response error StatusCode: 400, RequestID: %s, api error %s: %s",
		verb, subject, e.Service, e.Action, e.RequestID, refusal.Code, refusal.Message)
}
