package dbconnect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// Cloud makes what a login needs.
type Cloud interface {
	// Token returns an IAM token for user at address, host:port.
	Token(ctx context.Context, address, region, user string) (string, error)

	// Secret returns the name and the password in a secret.
	Secret(ctx context.Context, arn string) (user, password string, err error)
}

// AWS returns the cloud that the AWS configuration of the environment leads to.
func AWS() Cloud { return awsCloud{} }

type awsCloud struct{}

// Token signs a token for one login; it is valid for 15 minutes.
func (awsCloud) Token(ctx context.Context, address, region, user string) (string, error) {
	cfg, err := load(ctx, region)
	if err != nil {
		return "", err
	}
	return auth.BuildAuthToken(ctx, address, cfg.Region, user, cfg.Credentials)
}

// Secret reads the secret's current version.
func (awsCloud) Secret(ctx context.Context, arn string) (user, password string, err error) {
	cfg, err := load(ctx, "")
	if err != nil {
		return "", "", err
	}
	out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	if err != nil {
		return "", "", fmt.Errorf("read the administrator's secret: %w", err)
	}
	return parseSecret(arn, aws.ToString(out.SecretString))
}

// load reads the AWS configuration afresh: the credentials of a long run may
// have been replaced since the last connection.
func load(ctx context.Context, region string) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if cfg.Region == "" {
		return aws.Config{}, fmt.Errorf("no AWS region is set; give --region (%s) or set AWS_REGION", EnvRegion)
	}
	return cfg, nil
}

// parseSecret reads the form RDS and Secrets Manager keep a master password in.
// The decoder's own error could quote the secret and is dropped.
func parseSecret(arn, text string) (user, password string, err error) {
	var s struct{ Username, Password string }
	if json.Unmarshal([]byte(text), &s) != nil || s.Username == "" || s.Password == "" {
		return "", "", errors.New("secret " + arn + ` is not a JSON object with "username" and "password"; ` +
			"name the cluster's master user secret")
	}
	return s.Username, s.Password, nil
}
