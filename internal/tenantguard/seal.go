package tenantguard

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	sealKeyMin   = 32 // bytes; the strength of SHA-256
	sealKeyBlock = 64 // bytes; the block size of SHA-256, beyond which HMAC hashes the key first
	innerByte    = 0x36
	outerByte    = 0x5c
)

var sealKeyID = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// SealKey signs tokens for the sealed entry. The service that authenticates the
// caller holds it; the application does not.
type SealKey struct {
	// ID names the key, 1 to 32 lower-case letters, digits and dashes.
	ID string
	// Secret has 32 to 64 random bytes.
	Secret []byte
}

// Claims is what a token says.
type Claims struct {
	// Tenant is the tenant to enter, as a uuid.
	Tenant string
	// Principal is the person or service, as a uuid. Default: none is named.
	Principal string
	// Expires is when the token ends, with a precision of one second.
	Expires time.Time
}

func (k SealKey) validate() error {
	var problems []error
	if !sealKeyID.MatchString(k.ID) {
		problems = append(problems, fmt.Errorf("the id must have 1 to 32 lower-case letters, digits and dashes, got %q", k.ID))
	}
	if len(k.Secret) < sealKeyMin || len(k.Secret) > sealKeyBlock {
		problems = append(problems, fmt.Errorf("the secret must have %d to %d bytes, got %d; generate random bytes", sealKeyMin, sealKeyBlock, len(k.Secret)))
	}
	return errors.Join(problems...)
}

// Token returns a signed token for tenancy.enter_sealed.
func (k SealKey) Token(c Claims) (string, error) {
	if err := k.validate(); err != nil {
		return "", fmt.Errorf("sign a token: %w", err)
	}
	body := fmt.Sprintf("tf1.%s.%s.%s.%d", k.ID, c.Tenant, c.Principal, c.Expires.Unix())
	mac := hmac.New(sha256.New, k.Secret)
	mac.Write([]byte(body))
	return body + "." + hex.EncodeToString(mac.Sum(nil)), nil
}

// pads returns the two blocks HMAC works with.
func (k SealKey) pads() (inner, outer []byte) {
	inner, outer = make([]byte, sealKeyBlock), make([]byte, sealKeyBlock)
	copy(inner, k.Secret)
	copy(outer, k.Secret)
	for i := range inner {
		inner[i] ^= innerByte
		outer[i] ^= outerByte
	}
	return inner, outer
}

// AddSealKey lets the database accept tokens of a key. Add the new key, let the
// service sign with it, then retire the old one.
func AddSealKey(ctx context.Context, conn *pgx.Conn, k SealKey) error {
	if err := k.validate(); err != nil {
		return fmt.Errorf("add a seal key: %w", err)
	}
	inner, outer := k.pads()
	_, err := conn.Exec(ctx, "INSERT INTO tenancy.seal_key (id, inner_pad, outer_pad) VALUES ($1, $2, $3)", k.ID, inner, outer)
	if err != nil {
		return fmt.Errorf("add seal key %q: %w", k.ID, err)
	}
	return nil
}

// RetireSealKey makes the database refuse tokens of a key at once.
func RetireSealKey(ctx context.Context, conn *pgx.Conn, id string) error {
	tag, err := conn.Exec(ctx, "UPDATE tenancy.seal_key SET retired_at = clock_timestamp() WHERE id = $1 AND retired_at IS NULL", id)
	if err != nil {
		return fmt.Errorf("retire seal key %q: %w", id, err)
	}
	if tag.RowsAffected() == 0 {
		return fmt.Errorf("retire seal key %q: no key in use has this id", id)
	}
	return nil
}
