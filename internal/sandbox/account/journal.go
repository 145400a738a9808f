package account

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"time"
)

// format names the layout of the file; a reader refuses any other.
const format = "tenfold-account/1"

// header is the first line of the file.
type header struct {
	Format    string `json:"format"`
	AccountID string `json:"accountID"`
	Seed      string `json:"seed"`
}

// record is one transaction, one line of the file.
type record struct {
	Sequence int64            `json:"n"`
	Header   *header          `json:"header,omitempty"`
	Put      []*Resource      `json:"put,omitempty"`
	Remove   []Key            `json:"remove,omitempty"`
	Counters map[string]int   `json:"counters,omitempty"`
	Clock    *time.Duration   `json:"clock,omitempty"`
	Faults   *[]*plannedFault `json:"faults,omitempty"`
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumWidth is the length of the checksum and the space after it.
const checksumWidth = 9

// encode returns the line of a record, newline included.
func (r *record) encode() ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	line := make([]byte, 0, len(body)+checksumWidth+1)
	line = fmt.Appendf(line, "%08x ", crc32.Checksum(body, castagnoli))
	line = append(line, body...)
	return append(line, '\n'), nil
}

var errDamaged = errors.New("the checksum does not match")

// decode reads a line without its newline.
func decode(line []byte) (*record, error) {
	if len(line) < checksumWidth || line[checksumWidth-1] != ' ' {
		return nil, errDamaged
	}
	sum, err := strconv.ParseUint(string(line[:checksumWidth-1]), 16, 32)
	if err != nil || sum != uint64(crc32.Checksum(line[checksumWidth:], castagnoli)) {
		return nil, errDamaged
	}
	parsed := &record{}
	if err := json.Unmarshal(line[checksumWidth:], parsed); err != nil {
		return nil, err
	}
	for _, r := range parsed.Put {
		r.size = len(line) / max(1, len(parsed.Put))
	}
	return parsed, nil
}

// replay reads a journal and gives every whole record to apply. It returns how
// many bytes hold whole records, and how many after them are a torn tail. A bad
// record that others follow is damage, not a torn tail, and an error.
func replay(source io.Reader, apply func(*record) error) (whole, torn int64, err error) {
	reader := bufio.NewReaderSize(source, 1<<16)
	for {
		line, readErr := reader.ReadBytes('\n')
		if readErr != nil && !errors.Is(readErr, io.EOF) {
			return whole, 0, readErr
		}
		if len(line) == 0 {
			return whole, 0, nil
		}
		parsed, decodeErr := decode(bytes.TrimSuffix(line, []byte("\n")))
		if errors.Is(readErr, io.EOF) {
			// Without its newline the record was never acknowledged, even
			// if every other byte of it arrived.
			return whole, int64(len(line)), nil
		}
		if decodeErr != nil {
			if _, peekErr := reader.Peek(1); errors.Is(peekErr, io.EOF) {
				return whole, int64(len(line)), nil
			}
			return whole, 0, fmt.Errorf("the record at byte %d is damaged: %w", whole, decodeErr)
		}
		if err := apply(parsed); err != nil {
			return whole, 0, fmt.Errorf("the record at byte %d cannot be applied: %w", whole, err)
		}
		whole += int64(len(line))
	}
}
