package plugin

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// Unknown stands for a value that is not known until apply. The provider
// protocol writes it as a MessagePack extension of type 0.
type Unknown struct{}

// encode appends the MessagePack form of a value. The values are nil, bool,
// float64, string, Unknown, []any and map[string]any: all that a provider's
// configuration is made of.
func encode(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(out, 0xc0), nil
	case Unknown:
		return append(out, 0xd4, 0x00, 0x00), nil
	case bool:
		if v {
			return append(out, 0xc3), nil
		}
		return append(out, 0xc2), nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return binary.BigEndian.AppendUint64(append(out, 0xd3), uint64(int64(v))), nil
		}
		return binary.BigEndian.AppendUint64(append(out, 0xcb), math.Float64bits(v)), nil
	case string:
		out = binary.BigEndian.AppendUint32(append(out, 0xdb), uint32(len(v)))
		return append(out, v...), nil
	case []any:
		out = binary.BigEndian.AppendUint32(append(out, 0xdd), uint32(len(v)))
		var err error
		for _, item := range v {
			if out, err = encode(out, item); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		sort.Strings(keys)
		out = binary.BigEndian.AppendUint32(append(out, 0xdf), uint32(len(v)))
		var err error
		for _, key := range keys {
			if out, err = encode(out, key); err != nil {
				return nil, err
			}
			if out, err = encode(out, v[key]); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return nil, fmt.Errorf("cannot encode a %T", value)
	}
}

// decoder reads one MessagePack value after another.
type decoder struct {
	in  []byte
	pos int
}

func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || d.pos+n > len(d.in) {
		return nil, fmt.Errorf("message ends at byte %d, %d more expected", len(d.in), n)
	}
	b := d.in[d.pos : d.pos+n]
	d.pos += n
	return b, nil
}

func (d *decoder) uint(n int) (uint64, error) {
	b, err := d.take(n)
	if err != nil {
		return 0, err
	}
	var v uint64
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, nil
}

// value decodes the next value. Numbers become float64; any extension is an
// unknown value, since the protocol uses extensions for nothing else.
func (d *decoder) value() (any, error) {
	head, err := d.uint(1)
	if err != nil {
		return nil, err
	}
	switch {
	case head <= 0x7f:
		return float64(head), nil
	case head >= 0xe0:
		return float64(int8(head)), nil
	case head <= 0x8f:
		return d.object(int(head & 0x0f))
	case head <= 0x9f:
		return d.array(int(head & 0x0f))
	case head <= 0xbf:
		return d.text(int(head & 0x1f))
	}
	switch head {
	case 0xc0:
		return nil, nil
	case 0xc2, 0xc3:
		return head == 0xc3, nil
	case 0xca:
		bits, err := d.uint(4)
		return float64(math.Float32frombits(uint32(bits))), err
	case 0xcb:
		bits, err := d.uint(8)
		return math.Float64frombits(bits), err
	case 0xcc, 0xcd, 0xce, 0xcf:
		v, err := d.uint(1 << (head - 0xcc))
		return float64(v), err
	case 0xd0, 0xd1, 0xd2, 0xd3:
		size := 1 << (head - 0xd0)
		v, err := d.uint(size)
		shift := 64 - 8*size
		return float64(int64(v<<shift) >> shift), err
	case 0xd4, 0xd5, 0xd6, 0xd7, 0xd8:
		_, err := d.take(1 + 1<<(head-0xd4))
		return Unknown{}, err
	case 0xc7, 0xc8, 0xc9:
		n, err := d.uint(1 << (head - 0xc7))
		if err != nil {
			return nil, err
		}
		_, err = d.take(int(n) + 1)
		return Unknown{}, err
	}
	return d.sized(head)
}

// sized decodes the strings, binaries, arrays and maps whose length is a
// number of its own.
func (d *decoder) sized(head uint64) (any, error) {
	width := map[uint64]int{0xc4: 1, 0xc5: 2, 0xc6: 4, 0xd9: 1, 0xda: 2, 0xdb: 4, 0xdc: 2, 0xdd: 4, 0xde: 2, 0xdf: 4}[head]
	if width == 0 {
		return nil, fmt.Errorf("byte %#x is no MessagePack type", head)
	}
	n, err := d.uint(width)
	if err != nil {
		return nil, err
	}
	switch head {
	case 0xdc, 0xdd:
		return d.array(int(n))
	case 0xde, 0xdf:
		return d.object(int(n))
	default:
		return d.text(int(n))
	}
}

func (d *decoder) text(n int) (any, error) {
	b, err := d.take(n)
	return string(b), err
}

func (d *decoder) array(n int) (any, error) {
	out := make([]any, 0, min(n, 1024))
	for range n {
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (d *decoder) object(n int) (any, error) {
	out := make(map[string]any, min(n, 1024))
	for range n {
		key, err := d.value()
		if err != nil {
			return nil, err
		}
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		out[fmt.Sprint(key)] = v
	}
	return out, nil
}
