package cloud

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// expand evaluates a value of the data files: texts are templates, lists and
// objects are expanded within. The second result is false when an expression
// has no value, in which case the output does not exist either.
//
// An expression is written ${...} and is one of
//
//	${property.path}       a property of the resource
//	${property>other}      a property of the resource that property refers to
//	${@id} ${@arn} ${@name} ${@account} ${@region} ${@partition} ${@suffix} ${@now}
//	${#hex:17} ${#lower:12} ${#upper:14} ${#mixed:6} ${#digits:19} ${#uuid} ${#publicIp}
//
// followed by any number of filters: |lower, |after:TEXT, |before:TEXT,
// |last:SEPARATOR, |or:TEXT. $${ is a literal ${. A text that is nothing but one expression keeps the
// type of its value.
func (op *operation) expand(value any) (resource.PropertyValue, bool) {
	switch value := value.(type) {
	case string:
		return op.expandText(value)
	case []any:
		list := make([]resource.PropertyValue, 0, len(value))
		for _, element := range value {
			expanded, ok := op.expand(element)
			if !ok {
				return resource.PropertyValue{}, false
			}
			list = append(list, expanded)
		}
		return resource.NewProperty(list), true
	case map[string]any:
		object := resource.PropertyMap{}
		for key, element := range value {
			if expanded, ok := op.expand(element); ok {
				object[resource.PropertyKey(key)] = expanded
			}
		}
		return resource.NewProperty(object), true
	default:
		plain, err := account.FromPlain(value)
		return plain, err == nil
	}
}

func (op *operation) expandText(text string) (resource.PropertyValue, bool) {
	if expression, ok := soleExpression(text); ok {
		return op.evaluate(expression)
	}
	var result strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		if !found {
			return resource.NewProperty(result.String() + before), true
		}
		if literal, escaped := strings.CutSuffix(before, "$"); escaped {
			result.WriteString(literal + "${")
			text = rest
			continue
		}
		result.WriteString(before)
		expression, after, _ := strings.Cut(rest, "}")
		value, ok := op.evaluate(expression)
		if !ok {
			return resource.PropertyValue{}, false
		}
		result.WriteString(textOf(value))
		text = after
	}
}

func soleExpression(text string) (string, bool) {
	inner, opens := strings.CutPrefix(text, "${")
	expression, rest, closes := strings.Cut(inner, "}")
	return expression, opens && closes && rest == ""
}

// text expands a template to a string, "" when an expression has no value.
func (op *operation) text(template string) string {
	value, ok := op.expandText(template)
	if !ok {
		return ""
	}
	return textOf(value)
}

func textOf(value resource.PropertyValue) string {
	switch {
	case value.IsString():
		return value.StringValue()
	case value.IsNumber():
		return strconv.FormatFloat(value.NumberValue(), 'f', -1, 64)
	case value.IsBool():
		return strconv.FormatBool(value.BoolValue())
	default:
		return ""
	}
}

func (op *operation) evaluate(expression string) (resource.PropertyValue, bool) {
	source, filters, _ := strings.Cut(expression, "|")
	value, ok := op.evaluateSource(source)
	if filters == "" {
		return value, ok
	}
	for _, filter := range strings.Split(filters, "|") {
		name, argument, _ := strings.Cut(filter, ":")
		if name == "or" {
			if !ok || textOf(value) == "" {
				value, ok = resource.NewProperty(argument), true
			}
			continue
		}
		if !ok {
			return value, false
		}
		value = resource.NewProperty(applyFilter(name, argument, textOf(value)))
	}
	return value, ok
}

func applyFilter(name, argument, text string) string {
	switch name {
	case "lower":
		return strings.ToLower(text)
	case "after":
		_, after, _ := strings.Cut(text, argument)
		return after
	case "before":
		before, _, _ := strings.Cut(text, argument)
		return before
	case "last":
		return text[strings.LastIndex(text, argument)+1:]
	}
	panic("unknown template filter " + name) // the data files are tested
}

func (op *operation) evaluateSource(source string) (resource.PropertyValue, bool) {
	if source == "" {
		return resource.PropertyValue{}, false
	}
	switch source[0] {
	case '@':
		text := op.contextValue(source[1:])
		return resource.NewProperty(text), text != ""
	case '#':
		return resource.NewProperty(op.randomValue(source[1:])), true
	}
	if property, other, ok := strings.Cut(source, ">"); ok {
		target := op.targets[property]
		if target == nil {
			return resource.PropertyValue{}, false
		}
		return firstAt(resource.PropertyMap(target.Properties), other)
	}
	return firstAt(op.properties, source)
}

func (op *operation) contextValue(name string) string {
	switch name {
	case "id":
		return op.id
	case "arn":
		return op.arn
	case "name":
		return op.name()
	case "account":
		return op.tx.AccountID()
	case "region":
		return op.Region
	case "partition":
		return Partition(op.Region)
	case "suffix":
		return dnsSuffix(op.Region)
	case "now":
		return op.tx.Now().Format(time.RFC3339)
	case "value":
		return op.value
	case "user":
		return op.user
	case "variant":
		return op.variant
	case "trimmedName":
		return strings.TrimPrefix(op.name(), "/")
	}
	panic("unknown template value @" + name) // the data files are tested
}

func (op *operation) randomValue(specification string) string {
	kind, count, _ := strings.Cut(specification, ":")
	length, _ := strconv.Atoi(count)
	source := op.random()
	switch kind {
	case "hex":
		return source.Hex(length)
	case "lower":
		return source.Lower(length)
	case "upper":
		return source.Upper(length)
	case "mixed":
		return source.Mixed(length)
	case "digits":
		return source.Digits(length)
	case "uuid":
		return source.UUID()
	case "publicIp":
		return publicAddress(source).String()
	}
	panic(fmt.Sprintf("unknown template random #%s", specification)) // the data files are tested
}

// publicAddress is an address of the ranges reserved for documentation.
func publicAddress(source *account.Source) netip.Addr {
	networks := [][3]byte{{192, 0, 2}, {198, 51, 100}, {203, 0, 113}}
	network := networks[source.Int(len(networks))]
	return netip.AddrFrom4([4]byte{network[0], network[1], network[2], byte(1 + source.Int(254))})
}

// isRandom reports whether a value of the data files has a random part, which
// is decided once and never again.
func isRandom(value any) bool {
	switch value := value.(type) {
	case string:
		return strings.Contains(value, "${#") || strings.Contains(value, "${@now}")
	case []any:
		for _, element := range value {
			if isRandom(element) {
				return true
			}
		}
	case map[string]any:
		for _, element := range value {
			if isRandom(element) {
				return true
			}
		}
	}
	return false
}

// Partition returns the AWS partition of a region.
func Partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

func dnsSuffix(region string) string {
	if strings.HasPrefix(region, "cn-") {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}
