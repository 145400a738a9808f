package eventbus

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPatternsAreInEventBridgesLanguage(t *testing.T) {
	text, err := Pattern{
		Sources: []string{"tenfold.billing"}, DetailTypes: []string{"InvoicePaid", "InvoiceVoid"},
		Detail: map[string]Match{
			"invoice.amount":   AtLeast(100),
			"invoice.currency": IsNot("JPY", "KRW"),
			"invoice.discount": Below(0.5),
			"plan":             Or(Is("pro"), StartsWith("enterprise-", "custom-")),
			"coupon":           Absent(),
			"customer":         Present(),
			"test":             False(),
			"live":             True(),
		},
	}.JSON()
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"source": ["tenfold.billing"], "detail-type": ["InvoicePaid", "InvoiceVoid"],
		"detail": {
			"invoice": {
				"amount": [{"numeric": [">=", 100]}],
				"currency": [{"anything-but": ["JPY", "KRW"]}],
				"discount": [{"numeric": ["<", 0.5]}]
			},
			"plan": ["pro", {"prefix": "enterprise-"}, {"prefix": "custom-"}],
			"coupon": [{"exists": false}], "customer": [{"exists": true}], "test": [false], "live": [true]
		}
	}`, text)
	assert.Contains(t, text, `">="`, "signs stay readable")
}

func TestTheSamePatternIsRenderedTheSameWay(t *testing.T) {
	p := Pattern{Sources: []string{"a"}, Detail: map[string]Match{"c": Is("1"), "b.x": Is("2"), "b.a": Is("3")}}
	first, err := p.JSON()
	require.NoError(t, err)
	for range 20 {
		again, err := p.JSON()
		require.NoError(t, err)
		assert.Equal(t, first, again)
	}
}

func TestPatternsThatMatchEverythingOrNothingAreRefused(t *testing.T) {
	for want, p := range map[string]Pattern{
		"Pattern must have Sources or DetailTypes":                          {Detail: map[string]Match{"a": Is("b")}},
		"Pattern.Sources must not hold an empty text":                       {Sources: []string{""}},
		"Pattern.DetailTypes must not hold an empty text":                   {DetailTypes: []string{""}},
		`Pattern.Detail["a"] matches nothing; name at least one value`:      {Sources: []string{"a"}, Detail: map[string]Match{"a": Is()}},
		`Pattern.Detail must have paths such as invoice.amount, got "a..b"`: {Sources: []string{"a"}, Detail: map[string]Match{"a..b": Is("c")}},
		`Pattern.Detail["a.b"] goes into a field that is matched itself`:    {Sources: []string{"a"}, Detail: map[string]Match{"a": Is("c"), "a.b": Is("d")}},
		"Pattern must be at most 2048 characters, got":                      {Sources: []string{strings.Repeat("a", 3000)}},
	} {
		_, err := p.JSON()
		assert.ErrorContains(t, err, want)
	}
}
