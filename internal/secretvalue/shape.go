// Package secretvalue puts values into the containers that a stack declares for
// them, past Pulumi: from standard input to Secrets Manager, checked before and
// shown nowhere.
package secretvalue

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxSize is what Secrets Manager takes, in bytes.
const maxSize = 65536

// Check reports every way in which a value is not a JSON object with exactly the
// wanted keys, each a text that is not empty. No error quotes any part of the
// value, not even a key: somebody may have pasted a value in its place.
func Check(value []byte, keys []string) error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if len(value) > maxSize {
		add("it has %d bytes; Secrets Manager takes at most %d", len(value), maxSize)
	}
	found, repeated, err := object(value)
	if err != nil {
		return errors.Join(append(problems, err)...)
	}
	if repeated > 0 {
		add("%s repeated; give each once", count(repeated, "key is", "keys are"))
	}
	unknown := 0
	for key := range found {
		if !slices.Contains(keys, key) {
			unknown++
		}
	}
	if unknown > 0 {
		add("%s not declared; the stack declares %s", count(unknown, "key is", "keys are"), strings.Join(keys, ", "))
	}
	for _, key := range keys {
		var text *string
		switch raw, given := found[key]; {
		case !given:
			add("%s is missing", key)
		case json.Unmarshal(raw, &text) != nil || text == nil:
			add("%s is not a text; put it in quotes", key)
		case strings.TrimSpace(*text) == "":
			add("%s is empty", key)
		case strings.TrimSpace(*text) != *text:
			add("%s begins or ends with white space; cut it off", key)
		}
	}
	return errors.Join(problems...)
}

var errNotAnObject = errors.New(`it is not a JSON object; write {"key": "value", ...}`)

// object reads a JSON object and counts the keys that come more than once.
// The decoder's own errors could quote the value and are dropped.
func object(value []byte) (found map[string]json.RawMessage, repeated int, err error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, 0, errNotAnObject
	}
	found = map[string]json.RawMessage{}
	for decoder.More() {
		token, err := decoder.Token()
		key, isText := token.(string)
		var raw json.RawMessage
		if err != nil || !isText || decoder.Decode(&raw) != nil {
			return nil, 0, errNotAnObject
		}
		if _, twice := found[key]; twice {
			repeated++
		}
		found[key] = raw
	}
	if _, err := decoder.Token(); err != nil {
		return nil, 0, errNotAnObject
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, 0, errors.New("something follows the JSON object; give one object and nothing else")
	}
	return found, repeated, nil
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
