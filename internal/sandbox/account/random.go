package account

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
)

// Source yields the random parts of identifiers. What it yields depends only on
// the account's seed, the stream's name and how often that stream was opened.
type Source struct {
	seed  string
	block uint64
	spare []byte
}

// Random opens a stream. The stream is counted, so opening it again, after the
// resource it named was deleted, yields other values.
func (tx *Tx) Random(stream string) *Source {
	count := tx.Count("random " + stream)
	return &Source{seed: tx.account.header.Seed + "\x00" + stream + "\x00" + strconv.Itoa(count)}
}

// Constant opens a stream that yields the same values every time.
func (tx *Tx) Constant(stream string) *Source {
	return &Source{seed: tx.account.header.Seed + "\x00constant\x00" + stream}
}

func (s *Source) bytes(count int) []byte {
	for len(s.spare) < count {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(s.seed), s.block))
		s.block++
		s.spare = append(s.spare, sum[:]...)
	}
	taken := s.spare[:count]
	s.spare = s.spare[count:]
	return taken
}

// Hex returns count lower-case hexadecimal digits.
func (s *Source) Hex(count int) string {
	return hex.EncodeToString(s.bytes((count + 1) / 2))[:count]
}

// UUID returns a version 4 UUID.
func (s *Source) UUID() string {
	raw := append([]byte(nil), s.bytes(16)...)
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[0:4], raw[4:6], raw[6:8], raw[8:10], raw[10:16])
}

const (
	lower = "abcdefghijklmnopqrstuvwxyz0123456789"
	mixed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// Lower returns count lower-case letters and digits, the first a letter.
func (s *Source) Lower(count int) string { return s.letters(lower, 26, count) }

// Mixed returns count letters of both cases and digits, the first a letter.
func (s *Source) Mixed(count int) string { return s.letters(mixed, 52, count) }

// Upper returns count capital letters and digits, the first a letter.
func (s *Source) Upper(count int) string { return s.letters(upper, 26, count) }

// Digits returns count decimal digits, the first not zero.
func (s *Source) Digits(count int) string {
	digits := make([]byte, count)
	for index, raw := range s.bytes(count) {
		digits[index] = '0' + raw%10
		if index == 0 {
			digits[index] = '1' + raw%9
		}
	}
	return string(digits)
}

// Int returns a number from 0 to limit-1.
func (s *Source) Int(limit int) int {
	return int(binary.BigEndian.Uint32(s.bytes(4)) % uint32(limit))
}

func (s *Source) letters(alphabet string, first, count int) string {
	text := make([]byte, count)
	for index, raw := range s.bytes(count) {
		span := len(alphabet)
		if index == 0 {
			span = first
		}
		text[index] = alphabet[int(raw)%span]
	}
	return string(text)
}
