package plugin

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
)

// The messages are written field by field, so that no generated code of the
// provider protocol is needed. The numbers are those of protocol version 5.

// Diagnostic is one error of the provider about a configuration.
type Diagnostic struct {
	Summary string
	Detail  string
	Path    string // attribute path such as "listener.0.port", "" for the whole resource
}

// Text is summary and detail in one line.
func (d Diagnostic) Text() string {
	return strings.TrimSpace(d.Summary + "\n" + d.Detail)
}

// dynamicValue appends a DynamicValue with the MessagePack form of a value.
func dynamicValue(out []byte, field protowire.Number, value any) ([]byte, error) {
	packed, err := encode(nil, value)
	if err != nil {
		return nil, err
	}
	inner := protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), packed)
	return protowire.AppendBytes(protowire.AppendTag(out, field, protowire.BytesType), inner), nil
}

func stringField(out []byte, field protowire.Number, value string) []byte {
	return protowire.AppendString(protowire.AppendTag(out, field, protowire.BytesType), value)
}

// fields calls visit for each field of a message; bytes is nil for a varint.
func fields(message []byte, visit func(field protowire.Number, bytes []byte, varint uint64) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		var (
			bytes  []byte
			varint uint64
		)
		switch kind {
		case protowire.BytesType:
			bytes, n = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			varint, n = protowire.ConsumeVarint(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return protowire.ParseError(n)
		}
		message = message[n:]
		if err := visit(number, bytes, varint); err != nil {
			return err
		}
	}
	return nil
}

// errorsOf reads the diagnostics of a response and keeps the errors.
func errorsOf(message []byte, field protowire.Number) ([]Diagnostic, error) {
	var out []Diagnostic
	err := fields(message, func(number protowire.Number, bytes []byte, _ uint64) error {
		if number != field {
			return nil
		}
		var (
			d        Diagnostic
			severity uint64
		)
		err := fields(bytes, func(number protowire.Number, bytes []byte, varint uint64) error {
			var err error
			switch number {
			case 1:
				severity = varint
			case 2:
				d.Summary = string(bytes)
			case 3:
				d.Detail = string(bytes)
			case 4:
				d.Path, err = attributePath(bytes)
			}
			return err
		})
		if severity == 1 {
			out = append(out, d)
		}
		return err
	})
	return out, err
}

// attributePath renders an AttributePath as names and indices joined by dots.
func attributePath(message []byte) (string, error) {
	var steps []string
	err := fields(message, func(_ protowire.Number, step []byte, _ uint64) error {
		return fields(step, func(number protowire.Number, bytes []byte, varint uint64) error {
			switch number {
			case 1, 2:
				steps = append(steps, string(bytes))
			case 3:
				steps = append(steps, strconv.FormatUint(varint, 10))
			}
			return nil
		})
	})
	return strings.Join(steps, "."), err
}

// valueOf decodes a DynamicValue.
func valueOf(message []byte) (any, error) {
	var out any
	err := fields(message, func(number protowire.Number, bytes []byte, _ uint64) error {
		if number != 1 {
			return fmt.Errorf("the provider answered in field %d of a dynamic value, only MessagePack (1) is read", number)
		}
		var err error
		out, err = (&decoder{in: bytes}).value()
		return err
	})
	return out, err
}
