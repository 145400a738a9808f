package sandbox

import (
	"context"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"google.golang.org/grpc/stats"
)

// session is what one provider instance of the engine was configured with. The
// engine opens a connection per instance, and all instances of a package are
// served on one port, so the connection tells them apart.
type session struct {
	mutex  sync.Mutex
	config config
}

// config is the part of a provider's configuration the cloud depends on.
type config struct {
	region      string
	defaultTags map[string]string
}

// tags are the default tags as properties.
func (c config) tags() resource.PropertyMap {
	tags := make(resource.PropertyMap, len(c.defaultTags))
	for key, value := range c.defaultTags {
		tags[resource.PropertyKey(key)] = resource.NewProperty(value)
	}
	return tags
}

func (s *session) get() config {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.config
}

func (s *session) set(c config) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.config = c
}

type sessionKey struct{}

// connections gives every connection a session.
type connections struct{ region string }

// TagConn starts the session of a new connection.
func (c *connections) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return context.WithValue(ctx, sessionKey{}, &session{config: config{region: c.region}})
}

// HandleConn ignores connection events; a session ends with its connection.
func (*connections) HandleConn(context.Context, stats.ConnStats) {}

// TagRPC leaves the context as it is.
func (*connections) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC ignores call events.
func (*connections) HandleRPC(context.Context, stats.RPCStats) {}

// sessionOf returns the session of the connection a call came in on.
func sessionOf(ctx context.Context) *session {
	if s, ok := ctx.Value(sessionKey{}).(*session); ok {
		return s
	}
	return &session{}
}
