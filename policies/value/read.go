package value

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
)

// Text reads a string. A number or boolean is read as its text, as providers do.
func (v Value) Text() (string, State) {
	if state := v.State(); state != Known {
		return "", state
	}
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_StringValue:
		return kind.StringValue, Known
	case *structpb.Value_NumberValue:
		return strconv.FormatFloat(kind.NumberValue, 'f', -1, 64), Known
	case *structpb.Value_BoolValue:
		return strconv.FormatBool(kind.BoolValue), Known
	}
	return "", Unknown
}

// Bool reads a boolean, or the text of one.
func (v Value) Bool() (bool, State) {
	if state := v.State(); state != Known {
		return false, state
	}
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_BoolValue:
		return kind.BoolValue, Known
	case *structpb.Value_StringValue:
		if b, err := strconv.ParseBool(kind.StringValue); err == nil {
			return b, Known
		}
	}
	return false, Unknown
}

// Number reads a finite number, or the text of one.
func (v Value) Number() (float64, State) {
	if state := v.State(); state != Known {
		return 0, state
	}
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_NumberValue:
		if !math.IsNaN(kind.NumberValue) && !math.IsInf(kind.NumberValue, 0) {
			return kind.NumberValue, Known
		}
	case *structpb.Value_StringValue:
		if n, err := strconv.ParseFloat(kind.StringValue, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, Known
		}
	}
	return 0, Unknown
}

// Items reads a list. The elements may themselves be unknown. A single value stands for a list of one.
func (v Value) Items() ([]Value, State) {
	state := v.State()
	if state != Known {
		return nil, state
	}
	list, ok := v.node.GetKind().(*structpb.Value_ListValue)
	if !ok {
		return []Value{v}, Known
	}
	items := make([]Value, 0, len(list.ListValue.GetValues()))
	for i, item := range list.ListValue.GetValues() {
		child := New(item, v.path+"["+strconv.Itoa(i)+"]")
		child.secret = child.secret || v.secret
		items = append(items, child)
	}
	return items, Known
}

// Keys lists an object's property names in order.
func (v Value) Keys() ([]string, State) {
	if state := v.State(); state != Known {
		return nil, state
	}
	object, ok := v.node.GetKind().(*structpb.Value_StructValue)
	if !ok {
		return nil, Unknown
	}
	keys := make([]string, 0, len(object.StructValue.GetFields()))
	for key := range object.StructValue.GetFields() {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys, Known
}

// JSON reads a string that holds a JSON document, such as an IAM policy or a task's container definitions. A string
// that is not JSON is reported as an error, since AWS would refuse it. A value that is already structured is itself.
func (v Value) JSON() (Value, error) {
	if v.State() != Known {
		return v, nil
	}
	text, ok := v.node.GetKind().(*structpb.Value_StringValue)
	if !ok {
		return v, nil
	}
	var raw any
	if err := json.Unmarshal([]byte(text.StringValue), &raw); err != nil {
		// The parser's message can quote the document, which may be secret, so only its place is passed on.
		return Value{}, fmt.Errorf("%s is not a JSON document", v.path)
	}
	node, err := structpb.NewValue(raw)
	if err != nil {
		return Value{}, fmt.Errorf("%s is not a JSON document", v.path)
	}
	parsed := New(node, v.path)
	parsed.secret = parsed.secret || v.secret
	return parsed, nil
}

// Nested reports whether any value inside v is unknown.
func (v Value) Nested() State {
	if state := v.State(); state != Known {
		return state
	}
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_ListValue:
		for _, item := range kind.ListValue.GetValues() {
			if New(item, "").Nested() == Unknown {
				return Unknown
			}
		}
	case *structpb.Value_StructValue:
		for _, field := range kind.StructValue.GetFields() {
			if New(field, "").Nested() == Unknown {
				return Unknown
			}
		}
	}
	return Known
}

// shownLength is how many characters of a text Show prints.
const shownLength = 60

// Show prints the value for a message. It never prints a secret.
func (v Value) Show() string {
	switch state := v.State(); {
	case v.secret && state != Absent:
		return "a secret"
	case state == Absent:
		return "not set"
	case state == Unknown:
		return "not known yet"
	}
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_StringValue:
		return Quote(kind.StringValue)
	case *structpb.Value_ListValue:
		return showList(v)
	case *structpb.Value_StructValue:
		return "an object"
	}
	text, _ := v.Text()
	return text
}

// showList prints a list's simple elements.
func showList(v Value) string {
	items, _ := v.Items()
	if len(items) == 0 {
		return "empty"
	}
	shown := make([]string, 0, len(items))
	for _, item := range items {
		if len(shown) == 4 {
			shown = append(shown, "...")
			break
		}
		if _, list := item.node.GetKind().(*structpb.Value_ListValue); list {
			shown = append(shown, "a list")
			continue
		}
		shown = append(shown, item.Show())
	}
	return "[" + strings.Join(shown, ", ") + "]"
}

// Quote prints a text for a message: quoted, on one line and no longer than a message can carry.
func Quote(text string) string {
	runes := []rune(text)
	if len(runes) > shownLength {
		text = string(runes[:shownLength]) + "..."
	}
	return strconv.Quote(text)
}
