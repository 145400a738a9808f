// Package value reads resource properties in the form the engine sends them to an analyzer.
//
// During a preview many properties are not known yet, and some are secret. A Value therefore answers every question
// with a State beside the answer: a property may be known, not known yet, or not set at all. Rules built on it can fail
// on a known bad value, pass on a known good one, and say "not known yet" about the rest instead of guessing.
package value

import (
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/sig"
)

// State says how much is known about a property.
type State int

const (
	// Absent means the property is not set, or set to null; the Go SDK drops null inputs, so the two are one.
	Absent State = iota
	// Unknown means that the property has a value which this run cannot see: an output of a resource that does not
	// exist yet, or a value whose type is not the one the reader asked for.
	Unknown
	// Known means that the property's value can be read.
	Known
)

// String names the state as messages print it.
func (s State) String() string {
	switch s {
	case Absent:
		return "absent"
	case Unknown:
		return "unknown"
	default:
		return "known"
	}
}

// The engine's stand-ins for values it does not know yet, one for each type. The engine keeps them in a package that
// would pull in most of its code, so they are repeated here and a test compares the two.
const (
	unknownBool    = "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7"
	unknownNumber  = "3eeb2bf0-c639-47a8-9e75-3b44932eb421"
	unknownString  = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	unknownArray   = "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2"
	unknownAsset   = "030794c1-ac77-496b-92df-f27374a8bd58"
	unknownArchive = "e48ece36-62e2-4504-bad9-02848725956a"
	unknownObject  = "dd056dcd-154b-4c76-9bd3-c8f88648b5ff"

	// redacted is what `pulumi policy analyze --file` puts in place of a secret it cannot decrypt, whatever its type.
	redacted = "[secret]"
)

// maxWrapping bounds how many secret or output wrappers are taken off one value. The engine never nests them deeply;
// the bound keeps a hostile message from making the reader loop for long.
const maxWrapping = 16

// Value is one property, or one place inside one, together with the path that leads to it. The zero Value is absent.
type Value struct {
	node    *structpb.Value
	path    string
	secret  bool
	unknown bool
}

// Properties returns the root of a resource's properties.
func Properties(s *structpb.Struct) Value {
	if s == nil {
		return Value{}
	}
	return Value{node: structpb.NewStructValue(s)}
}

// New returns the value v at path, with secret, output and unknown wrappers taken off.
func New(v *structpb.Value, path string) Value {
	out := Value{node: v, path: path}
	for range maxWrapping {
		if out.unwrap() {
			continue
		}
		return out
	}
	return Value{path: path, secret: out.secret, unknown: true}
}

// unwrap takes one layer off v and reports whether there may be another one below it.
func (v *Value) unwrap() bool {
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_StringValue:
		switch kind.StringValue {
		case unknownString, unknownBool, unknownNumber, unknownArray, unknownAsset, unknownArchive, unknownObject:
			v.node, v.unknown = nil, true
		case redacted:
			v.node, v.unknown, v.secret = nil, true, true
		}
	case *structpb.Value_StructValue:
		fields := kind.StructValue.GetFields()
		mark, ok := fields[sig.Key]
		if !ok {
			return false
		}
		switch mark.GetStringValue() {
		case sig.Secret:
			v.node, v.secret = fields["value"], true
			return true
		case sig.OutputValue:
			v.secret = v.secret || fields["secret"].GetBoolValue()
			inner, known := fields["value"]
			if !known {
				v.node, v.unknown = nil, true
				return false
			}
			v.node = inner
			return true
		case sig.ResourceReference:
			id, ok := fields["id"]
			if !ok {
				v.node, v.unknown = nil, true
				return false
			}
			v.node = id
			return true
		}
	}
	return false
}

// State reports whether the value is known.
func (v Value) State() State {
	switch {
	case v.unknown:
		return Unknown
	case v.node == nil:
		return Absent
	}
	if _, null := v.node.GetKind().(*structpb.Value_NullValue); null || v.node.GetKind() == nil {
		return Absent
	}
	return Known
}

// Secret reports whether the value is marked secret. Show never prints the content of such a value.
func (v Value) Secret() bool { return v.secret }

// Path is where the value stands in the resource, for example "networkConfiguration.assignPublicIp".
func (v Value) Path() string { return v.path }

// At returns the same value under another path, for values whose own path would not help a reader.
func (v Value) At(path string) Value {
	v.path = path
	return v
}

// Get follows a dotted path of property names. Below an unknown value everything is unknown; below an absent one
// everything is absent. A number in the path picks a list element.
func (v Value) Get(path string) Value {
	for name := range strings.SplitSeq(path, ".") {
		v = v.Field(name)
	}
	return v
}

// Field reads one property by its exact name, which may hold dots.
func (v Value) Field(name string) Value {
	path := name
	if v.path != "" {
		path = v.path + "." + name
	}
	child := Value{path: path, secret: v.secret}
	switch v.State() {
	case Unknown:
		child.unknown = true
		return child
	case Absent:
		return child
	}
	switch kind := v.node.GetKind().(type) {
	case *structpb.Value_StructValue:
		child = New(kind.StructValue.GetFields()[name], path)
	case *structpb.Value_ListValue:
		index, err := strconv.Atoi(name)
		items := kind.ListValue.GetValues()
		if err != nil || index < 0 || index >= len(items) {
			return child
		}
		child = New(items[index], v.path+"["+name+"]")
	}
	child.secret = child.secret || v.secret
	return child
}
