package environment

import (
	"fmt"
	"strings"

	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/imagecache"
	"github.com/tenfold-iac/tenfold/components/network"
	"github.com/tenfold-iac/tenfold/components/service"
)

// The words of the configuration and what they are to the components.
var (
	natModes = map[string]network.NAT{
		"none": network.NATNone, "instance": network.NATInstance, "single": network.NATSingle, "per-zone": network.NATPerZone,
	}
	traffic = map[string]network.Traffic{
		"refused": network.RefusedTraffic, "all": network.AllTraffic,
	}
	wafModes = map[string]edge.WAFMode{
		"none": 0, "count": edge.WAFCount, "block": edge.WAFBlock,
	}
	locations = map[string]edge.PriceClass{
		"all": edge.AllLocations, "most": edge.MostLocations, "cheapest": edge.CheapestLocations,
	}
	architectures = map[string]service.Architecture{
		"arm64": service.ARM64, "x86_64": service.X8664,
	}
	upstreams = map[string]imagecache.Upstream{
		"ecr-public": imagecache.ECRPublic, "kubernetes": imagecache.Kubernetes, "quay": imagecache.Quay,
		"docker-hub": imagecache.DockerHub, "github": imagecache.GitHub, "gitlab": imagecache.GitLab, "azure": imagecache.Azure,
	}
)

// oneOf notes a word that is given and is none of the words.
func oneOf[V any](key, word string, words map[string]V, p *problems) {
	if _, known := words[word]; word != "" && !known {
		p.add(key, "%q is not known; allowed are %s", word, strings.Join(sorted(words), ", "))
	}
}

// at is the key of an entry of a list.
func at(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }
