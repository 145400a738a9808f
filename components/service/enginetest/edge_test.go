package enginetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/edge"
	"github.com/tenfold-iac/tenfold/components/network"
)

type routed struct{ pulumi.ResourceState }

// edgeOnly is an edge with two routes and no services behind them.
func edgeOnly(change func(*edge.Args)) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		zone, err := route53.NewZone(ctx, "zone", &route53.ZoneArgs{Name: pulumi.String("example.com")})
		if err != nil {
			return err
		}
		net, err := network.New(ctx, "net", network.Args{Zones: usual().zones, Disposable: true, Monitors: none})
		if err != nil {
			return err
		}
		args := edge.Args{
			Domain: "example.com", ZoneID: zone.ZoneId, VPCID: net.VPCID, SubnetIDs: net.PublicSubnetIDs, Disposable: true,
			WAF: edge.WAF{Mode: edge.WAFBlock},
		}
		change(&args)
		front, err := edge.New(ctx, "edge", args)
		if err != nil {
			return err
		}
		for _, name := range []string{"api", "web"} {
			owner := &routed{}
			if err := ctx.RegisterComponentResource("tenfold:test:Service", name, owner); err != nil {
				return err
			}
			claim, err := front.Claim(name, edge.Route{Host: name + ".example.com"})
			if err != nil {
				return err
			}
			if _, err := claim.Register(ctx, name, owner); err != nil {
				return err
			}
		}
		return nil
	}
}

// inOrder checks that some step of each kind and name comes before every step of
// the next.
func inOrder(t *testing.T, r run, steps ...string) {
	t.Helper()
	last := -1
	for _, want := range steps {
		first := -1
		for i, s := range r.steps {
			if f := strings.Fields(s); f[0]+" "+f[1][strings.LastIndex(f[1], ":")+1:]+" "+f[2] == want {
				first = i
				break
			}
		}
		require.NotEqual(t, -1, first, "%s in %v", want, r.steps)
		assert.Greater(t, first, last, "%s in %v", want, r.steps)
		last = first
	}
}

func replacesNothing(t *testing.T, r run) {
	t.Helper()
	for _, s := range r.steps {
		assert.NotContains(t, s, "replace")
	}
}

func TestACDNIsSwitchedOnAndOffInPlaceAndInOrder(t *testing.T) {
	e := start(t)
	const secret = "planted-planted-planted-planted-planted"
	none := func(*edge.Args) {}
	open := func(a *edge.Args) { a.CDN = edge.CDN{OriginSecret: pulumi.String(secret), OpenOrigin: true} }
	closed := func(a *edge.Args) { a.CDN = edge.CDN{OriginSecret: pulumi.String(secret)} }
	up := func(change func(*edge.Args)) run {
		e.preview(edgeOnly(change))
		r := e.up(edgeOnly(change))
		replacesNothing(t, r)
		return r
	}
	e.up(edgeOnly(none))

	r := up(open)
	inOrder(t, r, "update WebAcl edge-waf", "create SecurityGroupIngressRule edge-443-cdn", "create Distribution edge-cdn", "update Record edge-api-example-com")
	assert.Empty(t, slices.DeleteFunc(slices.Clone(r.steps), func(s string) bool { return !strings.HasPrefix(s, "delete") }))
	r = up(closed)
	assert.Equal(t, []string{"update api", "update web"}, r.of("ListenerRule"))
	inOrder(t, r, "update ListenerRule api", "delete SecurityGroupIngressRule edge-443")
	assert.Empty(t, up(closed).steps)
	r = up(open)
	inOrder(t, r, "create SecurityGroupIngressRule edge-443", "update ListenerRule api")
	r = up(none)
	inOrder(t, r, "update Record edge-api-example-com", "delete Distribution edge-cdn", "delete SecurityGroupIngressRule edge-443-cdn")

	r = up(closed)
	inOrder(t, r, "create Distribution edge-cdn", "update Record edge-api-example-com", "update ListenerRule api", "delete SecurityGroupIngressRule edge-443")
	r = up(none)
	inOrder(t, r, "create SecurityGroupIngressRule edge-443", "create WebAclAssociation edge-waf", "update Record edge-api-example-com", "delete Distribution edge-cdn")

	up(open)
	state, err := e.stack.Export(t.Context())
	require.NoError(t, err)
	var shown any
	require.NoError(t, json.Unmarshal(state.Deployment, &shown))
	assert.Contains(t, string(state.Deployment), secret, "the export shows what Pulumi encrypts")
	assert.False(t, inTheClear(shown, secret), "in what was asked for or in what came of it")
	e.destroy()
}

// inTheClear tells whether a state holds the text outside of Pulumi's secrets.
func inTheClear(state any, text string) bool {
	switch v := state.(type) {
	case string:
		return strings.Contains(v, text)
	case []any:
		return slices.ContainsFunc(v, func(item any) bool { return inTheClear(item, text) })
	case map[string]any:
		if v[resource.SigKey] == resource.SecretSig {
			return false
		}
		for _, item := range v {
			if inTheClear(item, text) {
				return true
			}
		}
	}
	return false
}

// authority makes the certificate of an authority.
func authority(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "planted authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func TestClientCertificatesComeChangeAndGoInPlace(t *testing.T) {
	e := start(t)
	admitting := func(authorities string) func(*edge.Args) {
		return func(a *edge.Args) { a.ClientCertificates.Authorities = authorities }
	}
	e.up(edgeOnly(admitting("")))
	r := e.up(edgeOnly(admitting(authority(t))))
	replacesNothing(t, r)
	inOrder(t, r, "create BucketVersioningV2 edge-clients", "create BucketObjectv2 edge-clients", "create TrustStore edge", "update Listener edge-https")
	r = e.up(edgeOnly(admitting(authority(t))))
	replacesNothing(t, r)
	assert.Equal(t, []string{"BucketObjectv2", "TrustStore"}, r.kinds())
	r = e.up(edgeOnly(admitting("")))
	inOrder(t, r, "update Listener edge-https", "delete TrustStore edge", "delete BucketV2 edge-clients")
	e.destroy()
}
