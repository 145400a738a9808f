package environment

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"strings"
)

// maxAuthorities is how many authorities AWS takes.
const maxAuthorities = 25

// authorities is the text of the file of client authorities.
func (c *Config) authorities() (string, error) {
	if c.Edge.ClientAuthorities == "" {
		return "", nil
	}
	text, err := os.ReadFile(inProject(c.Edge.ClientAuthorities))
	return string(text), err
}

// checkAuthorities reads the file of client authorities. Nothing of what is wrong
// is quoted: it may be a private key.
func (c *Config) checkAuthorities(p *problems) {
	const key = "tenfold:edge.clientAuthorities"
	file := c.Edge.ClientAuthorities
	text, err := c.authorities()
	if file == "" {
		return
	}
	if err != nil {
		p.add(key, "%q cannot be read (%s); give the path of a PEM file, relative to Pulumi.yaml", file, err)
		return
	}
	count := 0
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		count++
		if block.Type != "CERTIFICATE" {
			p.add(key, "%q must hold certificates only, and block %d is something else; remove it, and if it is a private key, replace that key", file, count)
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil:
			p.add(key, "%q holds, as block %d, a certificate that cannot be read; export it again", file, count)
		case !certificate.BasicConstraintsValid || !certificate.IsCA:
			p.add(key, "%q must hold certificates of authorities, and block %d may issue none; give the one of the authority that issues the clients'", file, count)
		}
	}
	if count == 0 || count > maxAuthorities {
		p.add(key, "%q holds %d certificates as PEM; allowed are 1 to %d", file, count, maxAuthorities)
	}
	if begun := strings.Count(text, "-----BEGIN "); count > 0 && begun != count {
		p.add(key, "%q begins %d blocks, and only %d can be read; export the others again", file, begun, count)
	}
}
