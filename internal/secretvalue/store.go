package secretvalue

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/tenfold-iac/tenfold/internal/awsclient"
)

// manager is what is used of the AWS client.
type manager interface {
	PutSecretValue(context.Context, *secretsmanager.PutSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.PutSecretValueOutput, error)
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
}

// Store is Secrets Manager in one account and region.
type Store struct {
	// Account is the id of the account the credentials belong to.
	Account string
	manager manager
}

// Open finds out which account the credentials of the environment belong to, and
// refuses one that the stack must not touch.
func Open(ctx context.Context, t awsclient.Target) (*Store, error) {
	loaded, err := t.Load(ctx)
	if err != nil {
		return nil, err
	}
	account, err := t.Account(ctx, sts.NewFromConfig(loaded))
	if err != nil {
		return nil, err
	}
	return &Store{Account: account, manager: secretsmanager.NewFromConfig(loaded)}, nil
}

// Put makes the value the current one of the secret and returns the version's
// id. Each call makes a version of its own: a token made from the value would
// tell equal values apart from others, and AWS would take the return to a former
// value for a repetition and leave the later one current. The client's own token
// makes its retries safe.
func (s *Store) Put(ctx context.Context, name string, value []byte) (version string, err error) {
	out, err := s.manager.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{
		SecretId: &name, SecretString: aws.String(string(value)),
	})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return "", fmt.Errorf("secret %s does not exist in account %s; run pulumi up first, it makes the container", name, s.Account)
	case err != nil:
		return "", fmt.Errorf("put the value of secret %s: %w", name, err)
	}
	return aws.ToString(out.VersionId), nil
}

// State is how a secret is.
type State string

// The states of a secret.
const (
	NotMade  State = "not made yet"
	Deleted  State = "deleted, can be restored"
	NoValue  State = "no value"
	HasValue State = "has a value"
)

// State returns whether a secret has a current value, without reading it.
func (s *Store) State(ctx context.Context, name string) (State, error) {
	out, err := s.manager.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return NotMade, nil
	case err != nil:
		return "", fmt.Errorf("look at secret %s: %w", name, err)
	case out.DeletedDate != nil:
		return Deleted, nil
	}
	for _, stages := range out.VersionIdsToStages {
		if slices.Contains(stages, "AWSCURRENT") {
			return HasValue, nil
		}
	}
	return NoValue, nil
}
