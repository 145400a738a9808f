package dbconnect

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
)

const (
	connectTimeout = 15 * time.Second

	// cancelGrace is how long the server gets to end a statement after a cancel
	// request before the connection is given up.
	cancelGrace = 5 * time.Second
)

// Connector opens connections to one target.
type Connector struct {
	target Target
	cloud  Cloud
}

// New checks the target and returns its connector. cloud makes tokens and reads
// the secret; AWS() is the real one.
func New(t Target, cloud Cloud) (*Connector, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	return &Connector{target: t, cloud: cloud}, nil
}

// As connects as a role that signs in with an IAM token. The token is made for
// this connection, because it is valid for 15 minutes only. With a connection
// string, the login is the one in the string.
func (c *Connector) As(ctx context.Context, role string) (*pgx.Conn, error) {
	if c.target.URL != "" {
		return c.byURL(ctx)
	}
	token, err := c.cloud.Token(ctx, c.target.address(), c.target.Region, role)
	if err != nil {
		return nil, fmt.Errorf("make an IAM token for %s: %w", role, err)
	}
	return c.byEndpoint(ctx, role, token)
}

// AsAdministrator connects with the name and password in the secret. With a
// connection string, the login is the one in the string.
func (c *Connector) AsAdministrator(ctx context.Context) (*pgx.Conn, error) {
	if c.target.URL != "" {
		return c.byURL(ctx)
	}
	if c.target.SecretARN == "" {
		return nil, fmt.Errorf("this needs the administrator and no secret is named; give --secret-arn (%s)", EnvSecretARN)
	}
	user, password, err := c.cloud.Secret(ctx, c.target.SecretARN)
	if err != nil {
		return nil, err
	}
	return c.byEndpoint(ctx, user, password)
}

func (c *Connector) byURL(ctx context.Context) (*pgx.Conn, error) {
	cfg, err := c.target.fromURL()
	if err != nil {
		return nil, err
	}
	return c.open(ctx, cfg)
}

func (c *Connector) byEndpoint(ctx context.Context, user, password string) (*pgx.Conn, error) {
	t := c.target
	roots, err := t.roots()
	if err != nil {
		return nil, err
	}
	// The empty string still reads PGHOST and its kind from the environment, so
	// everything that decides where and how to connect is set below.
	cfg, err := pgx.ParseConfig("")
	if err != nil {
		return nil, errors.New("the PG... variables of the environment cannot be read; unset them")
	}
	cfg.Host, cfg.Port, cfg.Database = t.Endpoint, uint16(t.port()), t.Database
	cfg.User, cfg.Password = user, password
	cfg.TLSConfig = &tls.Config{RootCAs: roots, ServerName: t.Endpoint, MinVersion: tls.VersionTLS12}
	cfg.SSLNegotiation = "postgres"
	cfg.Fallbacks, cfg.ValidateConnect = nil, nil
	cfg.RuntimeParams = map[string]string{}
	if t.Tunnel != "" {
		cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{t.Tunnel}, nil }
		dialer := &net.Dialer{}
		cfg.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, network, t.Tunnel)
		}
	}
	return c.open(ctx, cfg)
}

func (c *Connector) open(ctx context.Context, cfg *pgx.ConnConfig) (*pgx.Conn, error) {
	name := c.target.ApplicationName
	if name == "" {
		name = "tenfold"
	}
	cfg.RuntimeParams["application_name"] = name
	cfg.ConnectTimeout = connectTimeout
	// A cancelled context cancels the statement and keeps the session, so that
	// the caller can still roll back and clean up.
	cfg.BuildContextWatcherHandler = func(conn *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: conn, DeadlineDelay: cancelGrace}
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, explain(err, cfg)
	}
	return conn, nil
}

// explain turns a failed connection into a message that says what to do.
func explain(err error, cfg *pgx.ConnConfig) error {
	where := fmt.Sprintf("connect to database %s on %s:%d as %s", cfg.Database, cfg.Host, cfg.Port, cfg.User)
	var unknownCA x509.UnknownAuthorityError
	var wrongHost x509.HostnameError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &unknownCA):
		return fmt.Errorf("%s: the server's certificate comes from an authority that is not trusted; "+
			"give the RDS bundle with --ca-file (%s)", where, EnvCAFile)
	case errors.As(err, &wrongHost):
		return fmt.Errorf("%s: the server's certificate is for another host name; give the cluster's own endpoint", where)
	case errors.As(err, &pg) && (pg.Code == "28000" || pg.Code == "28P01"):
		return fmt.Errorf("%s: %s; on AWS the role needs a grant of rds_iam and the caller rds-db:connect for it", where, pg.Message)
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return fmt.Errorf("%s: the server does not offer TLS; there is no fallback, turn rds.force_ssl on", where)
	}
	return fmt.Errorf("%s: %w", where, scrubbed(err, cfg.Password))
}

// scrubbed drops the cause of an error whose text would show the password.
func scrubbed(err error, password string) error {
	if password != "" && strings.Contains(err.Error(), password) {
		return errors.New("the reason is not shown because it contains the password")
	}
	return err
}

// roots returns the authorities that may sign the server's certificate; nil are
// those of the system.
func (t Target) roots() (*x509.CertPool, error) {
	if t.CAFile == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(t.CAFile)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form; download the RDS bundle again", t.CAFile)
	}
	return pool, nil
}
