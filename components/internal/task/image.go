package task

import (
	"fmt"
	"regexp"
)

var (
	imageByDigest = regexp.MustCompile(`^[a-z0-9][a-z0-9._:/-]*@sha256:[0-9a-f]{64}$`)
	imageByTag    = regexp.MustCompile(`^[a-z0-9][a-z0-9._:/-]*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	ecrImage      = regexp.MustCompile(`^([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([a-z0-9._/-]+)[:@]`)
)

// repository is an ECR repository.
type repository struct{ account, region, name string }

// parseImage tells which ECR repository an image is in, nil for another
// registry, and refuses an image that is not named by digest, or by tag where
// that is allowed.
func parseImage(image string, mutable bool) (*repository, error) {
	switch {
	case imageByDigest.MatchString(image):
	case !imageByTag.MatchString(image):
		return nil, fmt.Errorf("Image must be repository@sha256:digest, got %q", image)
	case !mutable:
		return nil, fmt.Errorf("Image must name a digest, got %q; a tag can come to mean another image between two starts of a task, so use repository@sha256:digest, or set MutableImage where that does not matter", image)
	}
	if m := ecrImage.FindStringSubmatch(image); m != nil {
		return &repository{account: m[1], region: m[2], name: m[3]}, nil
	}
	return nil, nil
}
