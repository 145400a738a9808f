package schema

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// number checks a number. The bridge cuts fractions off where the provider
// wants a whole number, and the provider reads numbers given as text.
func (c *checker) number(at step, p *Property, v resource.PropertyValue) {
	n, ok := numberOf(v)
	if !ok {
		c.add(&at, "must be a number, got %s", shown(p, v))
		return
	}
	if p.Kind == Int {
		n = math.Trunc(n)
	}
	either := ""
	if len(p.Values) > 0 {
		list := strings.Join(p.Values, ", ")
		switch {
		case p.allows(strconv.FormatFloat(n, 'f', -1, 64)):
			return
		case p.Min == nil && p.Max == nil:
			c.add(&at, "must be one of %s, got %s", list, shown(p, v))
			return
		}
		either = list + " or "
	}
	if p.Format == "alarmPeriod" && n != 10 && n != 20 && n != 30 && math.Mod(n, 60) != 0 {
		c.add(&at, "must be 10, 20, 30 or a multiple of 60, got %s", shown(p, v))
	}
	switch {
	case p.Min != nil && p.Max != nil && (n < *p.Min || n > *p.Max):
		c.add(&at, "must be %sfrom %v to %v, got %s", either, *p.Min, *p.Max, shown(p, v))
	case p.Min != nil && n < *p.Min:
		c.add(&at, "must be %sat least %v, got %s", either, *p.Min, shown(p, v))
	case p.Max != nil && n > *p.Max:
		c.add(&at, "must be %sat most %v, got %s", either, *p.Max, shown(p, v))
	}
}

func numberOf(v resource.PropertyValue) (float64, bool) {
	if v.IsNumber() {
		return v.NumberValue(), true
	}
	if v.IsString() {
		n, err := strconv.ParseFloat(strings.TrimSpace(v.StringValue()), 64)
		return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
	}
	return 0, false
}

// shown renders a value for a message; secrets stay hidden and long values are
// cut.
func shown(p *Property, v resource.PropertyValue) string {
	if p.Secret {
		return "a secret value"
	}
	switch {
	case v.IsArray():
		return fmt.Sprintf("a list of %d", len(v.ArrayValue()))
	case v.IsObject():
		return "an object"
	case v.IsAsset(), v.IsArchive():
		return "an asset"
	case v.IsString():
		text := v.StringValue()
		if len(text) > 60 {
			return fmt.Sprintf("%q... (%d bytes)", text[:60], len(text))
		}
		return strconv.Quote(text)
	}
	return fmt.Sprint(v.V)
}
