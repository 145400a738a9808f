package dbconnect

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/internal/postgrestest"
)

// fakeCloud hands out tokens and remembers what they were asked for.
type fakeCloud struct {
	mu    sync.Mutex
	asked []string
	err   error
}

func (f *fakeCloud) Token(_ context.Context, address, region, user string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, address+" "+region+" "+user)
	return "token-" + string(rune('0'+len(f.asked))), f.err
}

func (f *fakeCloud) Secret(_ context.Context, arn string) (string, string, error) {
	return "postgres", "master-password of " + arn, f.err
}

// frontDoor is a TLS terminator in front of the test server that asks for a
// password in clear text, as RDS does for IAM tokens, and remembers it.
type frontDoor struct {
	address string
	backend string // unix socket
	tls     *tls.Config

	mu        sync.Mutex
	passwords []string
	deny      bool
}

func newFrontDoor(t *testing.T, host string) (door *frontDoor, caFile string) {
	t.Helper()
	ca, cert := certificates(t, host)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(caFile, ca, 0o600))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	u, err := url.Parse(postgrestest.Start(t).Database(t))
	require.NoError(t, err)
	door = &frontDoor{address: listener.Addr().String(), backend: filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432"),
		tls: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go door.serve(conn)
		}
	}()
	return door, caFile
}

// serve ends quietly when the client goes away, as refused clients do.
func (d *frontDoor) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	first, err := pgproto3.NewBackend(conn, conn).ReceiveStartupMessage()
	if _, ok := first.(*pgproto3.SSLRequest); err != nil || !ok {
		return
	}
	if d.tls == nil {
		_, _ = conn.Write([]byte("N"))
		return
	}
	_, _ = conn.Write([]byte("S"))
	secure := tls.Server(conn, d.tls)
	b := pgproto3.NewBackend(secure, secure)
	startup, err := b.ReceiveStartupMessage()
	if err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationCleartextPassword{})
	if b.Flush() != nil || b.SetAuthType(pgproto3.AuthTypeCleartextPassword) != nil {
		return
	}
	answer, err := b.Receive()
	password, ok := answer.(*pgproto3.PasswordMessage)
	if err != nil || !ok {
		return
	}
	d.mu.Lock()
	d.passwords = append(d.passwords, password.Password)
	deny := d.deny
	d.mu.Unlock()
	if deny {
		b.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "28P01", Message: "PAM authentication failed"})
		_ = b.Flush()
		return
	}
	d.forward(secure, startup)
}

func (d *frontDoor) forward(client net.Conn, startup pgproto3.FrontendMessage) {
	server, err := net.Dial("unix", d.backend)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	f := pgproto3.NewFrontend(server, server)
	f.Send(startup)
	if f.Flush() != nil {
		return
	}
	go func() { _, _ = io.Copy(server, client); _ = server.Close() }()
	_, _ = io.Copy(client, server)
}

func (d *frontDoor) target(host, caFile string) Target {
	return Target{Endpoint: host, Database: "postgres", Region: "eu-west-1", CAFile: caFile, Tunnel: d.address, SecretARN: "arn:secret"}
}

func certificates(t *testing.T, host string) (caPEM []byte, cert tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	ca := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true,
		BasicConstraintsValid: true, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	caDER, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	require.NoError(t, err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{host}, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, ca, key.Public(), key)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: caDER}), tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestMigratorSignsInWithAFreshTokenOverVerifiedTLS(t *testing.T) {
	// Settings of the shell must not lead the connection elsewhere.
	t.Setenv("PGHOST", "/nowhere")
	t.Setenv("PGSSLMODE", "disable")
	t.Setenv("PGPASSWORD", "from the shell")
	door, caFile := newFrontDoor(t, "db.example.com")
	cloud := &fakeCloud{}
	c, err := New(door.target("db.example.com", caFile), cloud)
	require.NoError(t, err)
	for range 2 {
		conn, err := c.As(t.Context(), "postgres")
		require.NoError(t, err)
		var user, app string
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT session_user, current_setting('application_name')").Scan(&user, &app))
		assert.Equal(t, "postgres", user)
		assert.Equal(t, "tenfold", app)
		require.NoError(t, conn.Close(t.Context()))
	}
	assert.Equal(t, []string{"db.example.com:5432 eu-west-1 postgres", "db.example.com:5432 eu-west-1 postgres"}, cloud.asked)
	assert.Equal(t, []string{"token-1", "token-2"}, door.passwords)
}

func TestAdministratorSignsInWithTheSecret(t *testing.T) {
	door, caFile := newFrontDoor(t, "db.example.com")
	c, err := New(door.target("db.example.com", caFile), &fakeCloud{})
	require.NoError(t, err)
	conn, err := c.AsAdministrator(t.Context())
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
	assert.Equal(t, []string{"master-password of arn:secret"}, door.passwords)

	target := door.target("db.example.com", caFile)
	target.SecretARN = ""
	c, err = New(target, &fakeCloud{})
	require.NoError(t, err)
	_, err = c.AsAdministrator(t.Context())
	assert.EqualError(t, err, "this needs the administrator and no secret is named; give --secret-arn (TENFOLD_DATABASE_SECRET_ARN)")
}

func TestPasswordIsSentToNobodyWhoseCertificateDoesNotFit(t *testing.T) {
	door, caFile := newFrontDoor(t, "db.example.com")
	other, _ := certificates(t, "db.example.com")
	otherFile := filepath.Join(t.TempDir(), "other.pem")
	require.NoError(t, os.WriteFile(otherFile, other, 0o600))
	plain, _ := newFrontDoor(t, "db.example.com")
	plain.tls = nil
	for name, c := range map[string]struct {
		target Target
		want   string
	}{
		"other authority": {door.target("db.example.com", otherFile), "the server's certificate comes from an authority that is not trusted; give the RDS bundle with --ca-file"},
		"system only":     {door.target("db.example.com", ""), "the server's certificate comes from an authority that is not trusted"},
		"other host":      {door.target("db2.example.com", caFile), "the server's certificate is for another host name; give the cluster's own endpoint"},
		"no TLS":          {plain.target("db.example.com", caFile), "the server does not offer TLS; there is no fallback, turn rds.force_ssl on"},
	} {
		t.Run(name, func(t *testing.T) {
			connector, err := New(c.target, &fakeCloud{})
			require.NoError(t, err)
			_, err = connector.As(t.Context(), "postgres")
			require.ErrorContains(t, err, "connect to database postgres on "+c.target.Endpoint+":5432 as postgres: "+c.want)
			assert.Empty(t, door.passwords)
			assert.Empty(t, plain.passwords)
		})
	}
}

func TestRefusedPasswordIsExplainedAndNeverShown(t *testing.T) {
	door, caFile := newFrontDoor(t, "db.example.com")
	door.deny = true
	c, err := New(door.target("db.example.com", caFile), &fakeCloud{})
	require.NoError(t, err)
	_, asMigrator := c.As(t.Context(), "postgres")
	_, asAdministrator := c.AsAdministrator(t.Context())
	for _, err := range []error{asMigrator, asAdministrator} {
		require.ErrorContains(t, err, "PAM authentication failed; on AWS the role needs a grant of rds_iam and the caller rds-db:connect for it")
		assert.NotContains(t, err.Error(), "token-1")
		assert.NotContains(t, err.Error(), "master-password")
	}
	assert.Len(t, door.passwords, 2)
}

func TestErrorThatQuotesThePasswordIsWithheld(t *testing.T) {
	err := scrubbed(errors.New("bad frame: token-1"), "token-1")
	assert.EqualError(t, err, "the reason is not shown because it contains the password")
	assert.EqualError(t, scrubbed(errors.New("refused"), "token-1"), "refused")
}

func TestUnusableCertificateFileIsNamed(t *testing.T) {
	for _, c := range []struct{ content, want string }{{"", "holds no certificate in PEM form; download the RDS bundle again"}} {
		file := filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(file, []byte(c.content), 0o600))
		connector, err := New(Target{Endpoint: writer, Database: "app", CAFile: file}, &fakeCloud{})
		require.NoError(t, err)
		_, err = connector.As(t.Context(), "x")
		assert.ErrorContains(t, err, c.want)
	}
	connector, err := New(Target{Endpoint: writer, Database: "app", CAFile: filepath.Join(t.TempDir(), "none.pem")}, &fakeCloud{})
	require.NoError(t, err)
	_, err = connector.As(t.Context(), "x")
	assert.ErrorContains(t, err, "read the certificate authorities: open ")
}

func TestFailureToMakeATokenNamesTheRole(t *testing.T) {
	c, err := New(Target{Endpoint: writer, Database: "app"}, &fakeCloud{err: errors.New("no credentials")})
	require.NoError(t, err)
	_, err = c.As(t.Context(), "tenfold_migrator_login")
	assert.EqualError(t, err, "make an IAM token for tenfold_migrator_login: no credentials")
}

func TestTokenOfAWSIsSignedForHostPortRegionAndRole(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	token, err := AWS().Token(t.Context(), writer+":5432", "eu-west-1", "tenfold_migrator_login")
	require.NoError(t, err)
	u, err := url.Parse("https://" + token)
	require.NoError(t, err)
	assert.Equal(t, writer+":5432", u.Host)
	assert.Equal(t, "connect", u.Query().Get("Action"))
	assert.Equal(t, "tenfold_migrator_login", u.Query().Get("DBUser"))
	assert.Equal(t, "900", u.Query().Get("X-Amz-Expires"))
	assert.True(t, strings.Contains(u.Query().Get("X-Amz-Credential"), "/eu-west-1/rds-db/aws4_request"))

	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	_, err = AWS().Token(t.Context(), writer+":5432", "", "x")
	assert.ErrorContains(t, err, "no AWS region is set; give --region (TENFOLD_DATABASE_REGION) or set AWS_REGION")
}

func TestCancelledStatementLeavesTheSessionUsable(t *testing.T) {
	s := postgrestest.Start(t)
	c, err := New(Target{URL: s.Database(t)}, nil)
	require.NoError(t, err)
	conn, err := c.As(t.Context(), "ignored")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = conn.Exec(ctx, "SELECT pg_sleep(60)")
	require.Error(t, err)
	var one int
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT 1").Scan(&one))
}
