package edge

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
)

// private are the ends of names that the public DNS does not hold.
var private = []string{".localhost", ".local", ".internal"}

// CheckIssuer says what is wrong with the name of an identity provider, which is
// only compared.
func CheckIssuer(text string) error {
	u, err := providerURL(text)
	if err == nil && (u.RawQuery != "" || u.ForceQuery) {
		return fmt.Errorf("must have no query, got %q; it is the provider's name as its /.well-known/openid-configuration gives it", text)
	}
	return err
}

// CheckAuthorizationURL says what is wrong with the address that users are sent to.
// Their browsers open it, on any port.
func CheckAuthorizationURL(text string) error {
	_, err := providerURL(text)
	return err
}

// CheckEndpoint says what is wrong with an address of the provider that the load
// balancer itself asks: for a token, or who a user is. It finds hosts of the public
// DNS alone, and AWS documents HTTPS on port 443, which is all the edge opens.
func CheckEndpoint(text string) error {
	u, err := providerURL(text)
	if err != nil {
		return err
	}
	for _, end := range private {
		if strings.HasSuffix(strings.ToLower(u.Hostname()), end) {
			return fmt.Errorf("must have a host of the public DNS, got %q; the load balancer looks it up there", text)
		}
	}
	if port := u.Port(); port != "" && port != "443" {
		return fmt.Errorf("must be on port 443, got %q; the load balancer reaches the provider on no other", text)
	}
	return nil
}

// providerURL is an address of an identity provider: AWS wants HTTPS and a domain.
func providerURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err == nil && u.User != nil {
		// The error does not quote it, because it may hold a password.
		return nil, errors.New("must not hold a user; the client has an id and a secret of its own")
	}
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("must be an https URL, got %q; take it from the provider's /.well-known/openid-configuration", text)
	}
	host := strings.ToLower(u.Hostname())
	_, notAddress := netip.ParseAddr(host)
	switch {
	case strings.Contains(text, "#"):
		return nil, fmt.Errorf("must have no fragment, got %q; leave out what follows the #", text)
	case notAddress == nil || !isDomain(host):
		return nil, fmt.Errorf("must have a domain such as id.example.com for its host, got %q", text)
	}
	return u, nil
}
