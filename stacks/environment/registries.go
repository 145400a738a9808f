package environment

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/tenfold-iac/tenfold/components/imagecache"
	"github.com/tenfold-iac/tenfold/components/registry"
)

// registries are never disposable: other environments run the images in them,
// whatever becomes of the one that declares them.
func (e *environment) registries() (err error) {
	for _, name := range sorted(e.config.Registries) {
		r := e.config.Registries[name]
		e.repositories[name], err = registry.New(e.ctx, name, registry.Args{
			KeepImages: r.KeepImages, UntaggedDays: r.UntaggedDays, PullAccounts: r.PullAccounts,
		})
		if err != nil {
			return err
		}
	}
	return nil
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
