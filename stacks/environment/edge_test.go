package environment

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/componenttest"
	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/secret"
)

func TestTheCDNIsWhatTheFileSays(t *testing.T) {
	values := rich(t)
	set(t, values, "tenfold:secrets.front", `{"description":"between CloudFront and the load balancer","keys":["planted_key","next"]}`)
	set(t, values, "tenfold:edge.cdn", `{"secret":"front","key":"planted_key","also":"next","open":true,"locations":"cheapest"}`)
	c, err := Read("dev", values)
	require.NoError(t, err)
	componenttest.Run(t, func(ctx *pulumi.Context) error {
		front, err := secret.New(ctx, "front", secret.Args{Description: "x", KeyARN: pulumi.String("arn:aws:kms:us-east-1:123456789012:key/secrets")})
		if err != nil {
			return err
		}
		e := &environment{ctx: ctx, config: c, secretsBy: map[string]*secret.Secret{"front": front}}
		none, err := e.cdn(CDN{})
		require.NoError(t, err)
		assert.Equal(t, edge.CDN{}, none)
		made, err := e.cdn(c.Edge.CDN)
		require.NoError(t, err)
		assert.Nil(t, made.Provider, "the stack is in CloudFront's region")
		assert.True(t, made.OpenOrigin)
		assert.Equal(t, edge.CheapestLocations, made.PriceClass)
		first, err := internals.UnsafeAwaitOutput(ctx.Context(), made.OriginSecret.ToStringOutput())
		require.NoError(t, err)
		assert.Equal(t, "planted-value", first.Value)
		assert.True(t, first.Secret)
		_, err = internals.UnsafeAwaitOutput(ctx.Context(), made.AlsoAccept.ToStringOutput())
		assert.ErrorContains(t, err, `secret "front" holds no text under the key "next"`, "the recorder knows one key only")
		return nil
	})
}

func TestEveryProblemOfTheCDNIsListed(t *testing.T) {
	values := small(t, "dev")
	set(t, values, "tenfold:edge", `{"cdn":{"secret":"identity","key":"session_secret","also":"session_secret","locations":"europe"},"idleTimeout":"5m","clientAuthorities":"nowhere.pem"}`)
	_, err := Read("dev", values)
	for _, want := range []string{
		`tenfold:edge.cdn.also: "session_secret" is the key itself; name the one that holds the other text`,
		`tenfold:edge.cdn.locations: "europe" is not known; allowed are all, cheapest, most`,
		"tenfold:edge.idleTimeout: 5m0s does not go with cdn, CloudFront waits 10s to 2m for an answer; choose a time between",
		"tenfold:edge.clientAuthorities: and cdn exclude each other, because the connection of a client ends at CloudFront; set one of them",
		`tenfold:edge.clientAuthorities: "nowhere.pem" cannot be read (open `,
		"has 5 problems",
	} {
		assert.ErrorContains(t, err, want)
	}
	set(t, values, "tenfold:edge", `{"cdn":{"open":true}}`)
	_, err = Read("dev", values)
	assert.ErrorContains(t, err, `tenfold:edge.cdn.secret: "" is not declared; declare it under tenfold:secrets (there are: billing, identity)`)
}

// certificate makes a certificate as PEM.
func certificate(t *testing.T, authority bool) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "planted"}, NotAfter: time.Unix(4102444800, 0),
		IsCA: authority, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	made, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made}))
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestTheFileOfClientAuthoritiesBecomesTheTrustStore(t *testing.T) {
	authority := certificate(t, true)
	path := filepath.Join(t.TempDir(), "clients.pem")
	writeFile(t, path, "a note\n"+authority)
	values := rich(t)
	set(t, values, "tenfold:edge.clientAuthorities", fmt.Sprintf("%q", path))
	inventory := componenttest.Run(t, Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
	assert.Equal(t, authority, inventory.One(t, "aws:s3/bucketObjectv2:BucketObjectv2", "edge-clients").Input("content"))
	assert.Len(t, inventory.ByType("aws:lb/trustStore:TrustStore"), 1)
}

func TestAFileOfClientAuthoritiesThatAWSWouldNotTakeIsRefusedWithoutShowingIt(t *testing.T) {
	key := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("planted")}))
	broken := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("planted")}))
	for text, want := range map[string]string{
		"planted":                                "holds 0 certificates as PEM; allowed are 1 to 25",
		strings.Repeat(certificate(t, true), 26): "holds 26 certificates as PEM; allowed are 1 to 25",
		certificate(t, true) + key:               "must hold certificates only, and block 2 is something else; remove it, and if it is a private key, replace that key",
		broken:                                   "holds, as block 1, a certificate that cannot be read; export it again",
		certificate(t, false):                    "must hold certificates of authorities, and block 1 may issue none; give the one of the authority that issues the clients'",
		certificate(t, true) + "-----BEGIN CERTIFICATE-----\nplanted": "begins 2 blocks, and only 1 can be read; export the others again",
	} {
		path := filepath.Join(t.TempDir(), "clients.pem")
		writeFile(t, path, text)
		values := small(t, "dev")
		set(t, values, "tenfold:edge.clientAuthorities", fmt.Sprintf("%q", path))
		_, err := Read("dev", values)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, fmt.Sprint(err), "planted")
		_, err = componenttest.Record(Deploy, componenttest.WithStack("dev"), componenttest.WithConfig(values))
		assert.ErrorContains(t, err, want)
	}
}
