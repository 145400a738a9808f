// Package awsclient has the AWS SDK act as the provider of a stack does: in its
// region, with its profile and in the role it assumes. What Tenfold does beside the
// provider, in hooks and commands, then reaches the same account.
//
// Each configuration key of pulumi-aws 6.83.2 is dealt with in one of three ways:
//
//   - It is followed: region, accessKey, secretKey, token, profile,
//     sharedConfigFiles, sharedCredentialsFiles, assumeRole and
//     assumeRoleWithWebIdentity with all their members but a token in the file
//     itself, endpoints, allowedAccountIds and forbiddenAccountIds.
//   - It is refused, because hooks and commands would act with other credentials,
//     or reach AWS on another way, than the provider: see refused.
//   - It changes nothing that is done here, and is left alone: defaultTags,
//     ignoreTags, maxRetries, retryMode, tokenBucketRateLimiterCapacity,
//     s3UsEast1RegionalEndpoint, s3UsePathStyle and those that begin with skip.
package awsclient

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Target is the account and region that a stack lives in.
type Target struct {
	// Region is the stack's region.
	Region string
	// Keys are access keys. Default: none, they are found as the SDK does.
	Keys Keys
	// Profile of the shared AWS configuration. Default: that of the environment.
	Profile string
	// ConfigFiles and CredentialsFiles are the shared AWS configuration. Default:
	// those of the environment, or else of the home folder.
	ConfigFiles, CredentialsFiles []string
	// Role is assumed. Default: none.
	Role Role
	// WebIdentity is assumed with a token, and no other credentials. Default: none.
	WebIdentity WebIdentity
	// Endpoints are addresses of services by the provider's names for them. The SDK
	// takes those of its own services. Load refuses them where the environment or
	// the AWS configuration has the SDK pass over them. Default: AWS's.
	Endpoints []map[string]string
	// AllowedAccounts are the account ids the stack may touch. Default: any.
	AllowedAccounts []string
	// ForbiddenAccounts are the account ids it may not touch. Default: none.
	ForbiddenAccounts []string
}

// OfflineVariable is the environment variable that an offline run is told by. Its
// value is the address of the offline cloud.
const OfflineVariable = "TENFOLD_OFFLINE"

// offlineHost is where the offline cloud listens, on a port of its own.
const offlineHost = "http://127.0.0.1:"

// isOffline tells whether an address is one of an offline cloud. Only a port may
// follow the host: "http://127.0.0.1:80@example.com/" leads to example.com.
func isOffline(address string) bool {
	port, ok := strings.CutPrefix(address, offlineHost)
	number, err := strconv.ParseUint(strings.TrimSuffix(port, "/"), 10, 16)
	return ok && err == nil && number > 0
}

// Load makes the configuration of SDK clients. In an offline run it leads to the
// offline cloud: nothing else of the environment, of the AWS configuration or of
// the stack's credentials is read.
func (t Target) Load(ctx context.Context) (aws.Config, error) {
	if address := os.Getenv(OfflineVariable); address != "" {
		return t.offline(address)
	}
	options := []func(*config.LoadOptions) error{config.WithRegion(t.Region)}
	if t.Keys.Access != "" {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(t.Keys.Access, t.Keys.Secret, t.Keys.Token)))
	}
	if t.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(t.Profile))
	}
	for _, given := range []struct {
		paths []string
		with  func([]string) config.LoadOptionsFunc
	}{{t.ConfigFiles, config.WithSharedConfigFiles}, {t.CredentialsFiles, config.WithSharedCredentialsFiles}} {
		if len(given.paths) == 0 {
			continue
		}
		paths, err := expand(given.paths...)
		if err != nil {
			return aws.Config{}, err
		}
		options = append(options, given.with(paths))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if err := t.followsEndpoints(ctx, loaded); err != nil {
		return aws.Config{}, err
	}
	loaded.ConfigSources = append([]any{endpoints(t.Endpoints)}, loaded.ConfigSources...)
	switch {
	case t.Role.ARN != "":
		loaded.Credentials = aws.NewCredentialsCache(t.Role.provider(sts.NewFromConfig(loaded)))
	case t.WebIdentity.ARN != "":
		file, err := expand(t.WebIdentity.TokenFile)
		if err != nil {
			return aws.Config{}, err
		}
		loaded.Credentials = aws.NewCredentialsCache(t.WebIdentity.provider(sts.NewFromConfig(loaded), file[0]))
	}
	return loaded, nil
}

// offline is the configuration of an offline run. The words in place of
// credentials open nothing.
func (t Target) offline(address string) (aws.Config, error) {
	if !isOffline(address) {
		return aws.Config{}, fmt.Errorf("%s is %q, which is no address of an offline cloud; \"tenfold sandbox\" sets it, so unset it everywhere else", OfflineVariable, address)
	}
	return aws.Config{
		Region: t.Region, BaseEndpoint: &address, Credentials: credentials.NewStaticCredentialsProvider("offline", "offline", ""),
	}, nil
}

// expand puts the home folder in the place of a leading ~.
func expand(paths ...string) ([]string, error) {
	var expanded []string
	for _, path := range paths {
		if below, ok := strings.CutPrefix(path, "~/"); ok {
			home, err := os.UserHomeDir()
			if err != nil {
				return nil, fmt.Errorf("find the home folder for %s: %w", path, err)
			}
			path = filepath.Join(home, below)
		}
		expanded = append(expanded, path)
	}
	return expanded, nil
}

// Identity is the part of STS that tells whose credentials are used.
type Identity interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// Account finds out which account the credentials belong to, and refuses one that
// the stack must not touch.
func (t Target) Account(ctx context.Context, identity Identity) (string, error) {
	caller, err := identity.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("find out which AWS account the credentials belong to: %w", err)
	}
	account := aws.ToString(caller.Account)
	if err := t.refuse(account); err != nil {
		return "", err
	}
	return account, nil
}

// refuse says why the stack must not touch an account.
func (t Target) refuse(account string) error {
	switch {
	case slices.Contains(t.ForbiddenAccounts, account):
		return fmt.Errorf("the credentials belong to account %s, which the stack forbids (aws:forbiddenAccountIds); use credentials of another account", account)
	case len(t.AllowedAccounts) == 0 || slices.Contains(t.AllowedAccounts, account):
		return nil
	case os.Getenv(OfflineVariable) != "":
		return errors.New(OtherSandbox(account, t.AllowedAccounts, "STACK"))
	}
	return fmt.Errorf("the credentials belong to account %s, and the stack allows %s (aws:allowedAccountIds); use credentials of that account",
		account, strings.Join(t.AllowedAccounts, ", "))
}

// OtherSandbox says what to do about a sandbox whose account is not one that its
// stack allows: it was made before the stack named any.
func OtherSandbox(account string, allowed []string, stack string) string {
	return fmt.Sprintf("this sandbox is account %s, and the stack allows %s (aws:allowedAccountIds); the id of a sandbox is fixed when it is made, so throw it away with `tenfold sandbox reset %s` and run again",
		account, strings.Join(allowed, ", "), stack)
}
