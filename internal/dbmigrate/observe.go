package dbmigrate

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// session is another backend as pg_stat_activity shows it. Its query text is
// left out on purpose: it may hold a tenant's data. State and Seconds are only
// known for sessions of the same login; the server hides them otherwise.
type session struct {
	PID      uint32
	User     string
	App      string
	State    string
	Seconds  *float64 // since the transaction, or the connection, began
	Relation string   // that the observed session waits for, or ""
}

func (s session) who() string {
	text := fmt.Sprintf("pid %d (user %s, application %q", s.PID, s.User, s.App)
	if s.State != "" {
		text += ", " + s.State
	}
	return text + ")"
}

func (s session) blocks() string {
	text := s.who()
	if s.Relation != "" {
		text = "a lock on " + s.Relation + " held by " + text
	}
	if s.Seconds != nil {
		text += ", its transaction open for " + seconds(*s.Seconds)
	}
	return text
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Second).String()
}

// observer watches from a second connection what the first one waits for: once
// a lock timeout strikes, the server no longer knows who was in the way.
type observer struct {
	conn     *pgx.Conn
	pid      uint32
	interval time.Duration
}

// during runs work and returns the description of the sessions that blocked it
// last. tell is called when somebody begins to block.
func (o *observer) during(ctx context.Context, tell func(string), work func() error) (blockers string, err error) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		ticker := time.NewTicker(o.interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			found := o.blockers(ctx)
			if found != "" && blockers == "" {
				tell("waiting for " + found)
			}
			if found != "" {
				blockers = found
			}
		}
	})
	err = work()
	close(done)
	wg.Wait()
	return blockers, err
}

// blockers describes who blocks the observed session now. A failure to find out
// only makes a later message poorer, so it is no error.
func (o *observer) blockers(ctx context.Context) string {
	rows, err := o.conn.Query(ctx, `
		SELECT b.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.state, ''),
		       extract(epoch FROM clock_timestamp() - a.xact_start)::float8,
		       coalesce((SELECT max(l.relation::regclass::text) FROM pg_locks l WHERE l.pid = $1 AND NOT l.granted), '')
		FROM unnest(pg_blocking_pids($1)) b(pid) LEFT JOIN pg_stat_activity a USING (pid)
		ORDER BY b.pid`, int32(o.pid))
	if err != nil {
		return ""
	}
	sessions, err := pgx.CollectRows(rows, pgx.RowToStructByPos[session])
	if err != nil {
		return ""
	}
	var parts []string
	for _, s := range sessions {
		parts = append(parts, s.blocks())
	}
	return strings.Join(parts, "; ")
}
