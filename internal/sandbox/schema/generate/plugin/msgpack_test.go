package plugin

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
)

func TestValuesSurviveEncodingAndDecoding(t *testing.T) {
	value := map[string]any{
		"null": nil, "yes": true, "no": false, "whole": -42.0, "large": 4294967296.0, "fraction": 0.5,
		"text": "häuser", "empty": "", "unknown": Unknown{}, "list": []any{1.0, "a", []any{}}, "map": map[string]any{},
	}
	packed, err := encode(nil, value)
	require.NoError(t, err)
	back, err := (&decoder{in: packed}).value()
	require.NoError(t, err)
	assert.Equal(t, value, back)
}

func TestDecodingReadsTheShortFormsAProviderWrites(t *testing.T) {
	for name, c := range map[string]struct {
		in   []byte
		want any
	}{
		"small number":    {[]byte{0x07}, 7.0},
		"negative number": {[]byte{0xff}, -1.0},
		"one byte":        {[]byte{0xcc, 0xff}, 255.0},
		"signed byte":     {[]byte{0xd0, 0x80}, -128.0},
		"signed two":      {[]byte{0xd1, 0xff, 0xfe}, -2.0},
		"float":           {[]byte{0xca, 0x3f, 0x00, 0x00, 0x00}, 0.5},
		"short text":      {[]byte{0xa2, 'h', 'i'}, "hi"},
		"text of a byte":  {[]byte{0xd9, 0x01, 'x'}, "x"},
		"short list":      {[]byte{0x92, 0x01, 0xc0}, []any{1.0, nil}},
		"short map":       {[]byte{0x81, 0xa1, 'k', 0xc3}, map[string]any{"k": true}},
		"refined unknown": {[]byte{0xc7, 0x02, 0x0c, 0x80, 0x00}, Unknown{}},
	} {
		got, err := (&decoder{in: c.in}).value()
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
}

func TestDecodingRefusesCutAndForeignMessages(t *testing.T) {
	for _, in := range [][]byte{{}, {0xdb, 0, 0, 0, 9, 'x'}, {0x92, 0x01}, {0xc1}, {0xd9}} {
		_, err := (&decoder{in: in}).value()
		assert.Error(t, err)
	}
	_, err := encode(nil, struct{}{})
	assert.EqualError(t, err, "cannot encode a struct {}")
}

func TestErrorsAreReadWithTheirPathAndWarningsAreLeftOut(t *testing.T) {
	step := func(field protowire.Number, value []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), value)
	}
	index := protowire.AppendVarint(protowire.AppendTag(nil, 3, protowire.VarintType), 2)
	path := append(append(step(1, step(1, []byte("rule"))), step(1, index)...), step(1, step(1, []byte("name")))...)
	diagnostic := func(severity uint64) []byte {
		d := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), severity)
		d = append(d, step(2, []byte("Bad"))...)
		d = append(d, step(3, []byte("name is bad"))...)
		return step(1, append(d, step(4, path)...))
	}
	found, err := errorsOf(append(diagnostic(1), diagnostic(2)...), 1)
	require.NoError(t, err)
	assert.Equal(t, []Diagnostic{{Summary: "Bad", Detail: "name is bad", Path: "rule.2.name"}}, found)
	assert.Equal(t, "Bad\nname is bad", found[0].Text())
}
