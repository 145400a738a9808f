package dbconnect

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
)

// fromURL reads the connection string and refuses one that could connect to
// another machine without verified TLS.
func (t Target) fromURL() (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(t.URL)
	if err != nil {
		// The parser's own text may quote the string, and with it a password.
		return nil, errors.New("the connection string cannot be read; " +
			"write postgres://USER@HOST:PORT/DATABASE?sslmode=verify-full or host=/run/postgresql dbname=DATABASE")
	}
	if err := checkTLS(cfg.Host, cfg.TLSConfig); err != nil {
		return nil, err
	}
	for _, f := range cfg.Fallbacks {
		if err := checkTLS(f.Host, f.TLSConfig); err != nil {
			return nil, err
		}
	}
	return cfg, nil
}

func checkTLS(host string, c *tls.Config) error {
	if onThisMachine(host) || c != nil && !c.InsecureSkipVerify && c.ServerName != "" {
		return nil
	}
	return fmt.Errorf("the connection string would reach %s without TLS that verifies the certificate and the host name; "+
		"add sslmode=verify-full and sslrootcert=FILE", host)
}

func onThisMachine(host string) bool {
	if strings.HasPrefix(host, "/") || strings.HasPrefix(host, "@") || host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
