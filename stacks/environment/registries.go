package environment

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/encryption"
	"github.com/tenfold-iac/tenfold/components/imagecache"
	"github.com/tenfold-iac/tenfold/components/registry"
)

// registries are never disposable: other environments run the images in them,
// whatever becomes of the one that declares them.
func (e *environment) registries() (err error) {
	key, err := e.imageKey()
	if err != nil {
		return err
	}
	for _, name := range sorted(e.config.Registries) {
		r := e.config.Registries[name]
		args := registry.Args{KeepImages: r.KeepImages, UntaggedDays: r.UntaggedDays, PullAccounts: r.PullAccounts}
		if r.OwnKey {
			args.KeyARN = key.ARN
		}
		if e.repositories[name], err = registry.New(e.ctx, name, args); err != nil {
			return err
		}
	}
	return nil
}

// imageKey is the key of the repositories that have one, nil when none has.
func (e *environment) imageKey() (*encryption.Key, error) {
	for _, r := range e.config.Registries {
		if r.OwnKey {
			return encryption.New(e.ctx, "images", encryption.Args{Purpose: "container images"})
		}
	}
	return nil, nil
}

func (e *environment) imageCaches() (err error) {
	for _, name := range sorted(e.config.ImageCaches) {
		i := e.config.ImageCaches[name]
		args := imagecache.Args{
			Upstream: upstreams[i.Upstream], AzureHost: i.AzureHost, Tags: i.Tags,
			KeepImages: i.KeepImages, UntaggedDays: i.UntaggedDays,
		}
		if i.Credential != "" {
			args.CredentialARN = pulumi.String(i.Credential)
		}
		if e.caches[name], err = imagecache.New(e.ctx, name, args); err != nil {
			return err
		}
	}
	return nil
}
