package edge

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The priorities of routes that exist must not change, or a preview of an old
// environment would show every rule moving. So some are written out.
func TestPrioritiesAreFixed(t *testing.T) {
	for _, c := range []struct {
		host, path string
		probe      int
		want       int
	}{
		{"example.com", "/", 0, 30191},
		{"app.example.com", "/", 0, 29826},
		{"app.example.com", "/", 1, 32651},
		{"app.example.com", "/api", 0, 27146},
		{"*.example.com", "/", 0, 49635},
	} {
		assert.Equal(t, c.want, priority("web", c.host, c.path, c.probe), "%s%s probe %d", c.host, c.path, c.probe)
	}
}

func TestTheBandsCoverAllPrioritiesOnceInOrder(t *testing.T) {
	next := 1
	for _, bands := range [][maxDepth + 1]band{exactBands, wildcardBands} {
		for d := maxDepth; d >= 0; d-- {
			require.Equal(t, next, bands[d].first)
			next += bands[d].size
		}
	}
	assert.Equal(t, 50001, next, "AWS has the priorities 1 to 50,000")
}

func TestMoreParticularRoutesComeFirst(t *testing.T) {
	for i := range 200 {
		name := fmt.Sprintf("s%d.example.com", i)
		order := []int{
			priority("web", name, "/a/b/c/d", 0), priority("web", name, "/a/b/c", 0), priority("web", name, "/a/b", 0), priority("web", name, "/a", 0), priority("web", name, "/", 0),
			priority("web", "*.example.com", "/a/b/c/d", 0), priority("web", "*.example.com", "/a", 0), priority("web", "*.example.com", "/", 0),
		}
		assert.IsIncreasing(t, order)
		assert.GreaterOrEqual(t, order[0], 1)
		assert.LessOrEqual(t, order[len(order)-1], 50000)
	}
}

func TestFewOfAHundredServicesMeet(t *testing.T) {
	taken, met := map[int]bool{}, 0
	for i := range 100 {
		p := priority("web", fmt.Sprintf("service-%d.example.com", i), "/", 0)
		if taken[p] {
			met++
		}
		taken[p] = true
	}
	assert.LessOrEqual(t, met, 2)
}

func TestAPriorityIsKnownBeforeAnythingIsMade(t *testing.T) {
	assert.Equal(t, priority("web", "example.com", "/", 0), Route{}.Priority("web", "example.com"))
	assert.Equal(t, priority("web", "app.example.com", "/api", 2), Route{Host: "app.example.com", Path: "/api", Probe: 2}.Priority("web", "example.com"))
}

// The rule of the service that takes a route over is made before the rule of the one
// that gives it up is changed or deleted.
func TestARouteThatChangesHandsChangesItsPriority(t *testing.T) {
	assert.NotEqual(t, priority("web", "app.example.com", "/", 0), priority("frontend", "app.example.com", "/", 0))
}
