package edge

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// band is a range of listener priorities. AWS tries rules from the lowest
// priority up, so the more particular routes take the lower bands.
type band struct{ first, size int }

// maxDepth is the number of path segments a route can have.
const maxDepth = 4

// The bands by the number of path segments. Two rules can match one request
// only when the path of one continues the path of the other, in which case their
// depths differ, or when one host is a wildcard; so the order of the bands
// decides every such case, and within a band the order does not matter. The
// sizes follow how common the depths are. Together the bands are the 50,000
// priorities AWS has.
var (
	exactBands = [maxDepth + 1]band{
		4: {1, 2000}, 3: {2001, 4000}, 2: {6001, 8000}, 1: {14001, 14000}, 0: {28001, 16000},
	}
	wildcardBands = [maxDepth + 1]band{
		4: {44001, 1000}, 3: {45001, 1000}, 2: {46001, 1000}, 1: {47001, 1000}, 0: {48001, 2000},
	}
)

// Priority is the listener priority that the route of a service gets at an edge of
// the domain: for whoever wants to know before anything is made whether two routes
// meet.
func (r Route) Priority(service, domain string) int {
	r = r.withDefaults(domain)
	return priority(service, r.Host, r.Path, r.Probe)
}

// priority is the listener priority of a service's route. It depends on the service,
// the host, the path and the probe alone: a service that comes or goes moves no
// other rule. A route that goes from one service to another changes its priority,
// because the rule that takes it over is made before the other one lets go of it, and
// AWS refuses a priority that is in use. Two routes of one band can meet; that is
// found when they are claimed, and another probe parts them.
func priority(service, host, path string, probe int) int {
	b := exactBands[depth(path)]
	if strings.HasPrefix(host, "*.") {
		b = wildcardBands[depth(path)]
	}
	h := fnv.New64a()
	// Hash writers return no errors.
	_, _ = h.Write([]byte(host + path + "#" + strconv.Itoa(probe) + "@" + service))
	return b.first + int(h.Sum64()%uint64(b.size))
}

// depth is the number of segments of a clean path.
func depth(path string) int {
	if path == "/" {
		return 0
	}
	return strings.Count(path, "/")
}
