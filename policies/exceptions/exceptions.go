// Package exceptions holds the findings a team has decided to live with for a while.
//
// An exception names one rule, the resources it is for, why, who answers for it and the day it ends. It never switches
// a rule off as a whole: new resources outside its pattern are still judged, and after its last day the finding is back.
package exceptions

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tenfold-iac/tenfold/policies/value"
)

const (
	// LongestDays is how far ahead an exception may end.
	LongestDays = 180
	// ShortestReason is the least number of characters that can say why.
	ShortestReason = 15

	dateForm = "2006-01-02"
)

// Exception is one entry of policy config.
type Exception struct {
	Rule string
	// URN is a pattern over the resource's URN; * stands for any run of characters.
	URN    string
	Reason string
	Owner  string
	// Expires is the last day on which the exception holds, in UTC.
	Expires time.Time
}

// String names the exception in messages.
func (e Exception) String() string {
	return fmt.Sprintf("%s for %s (%s, until %s)", e.Rule, e.URN, e.Owner, e.Expires.Format(dateForm))
}

// covers reports whether the exception is about this finding.
func (e Exception) covers(rule, urn string) bool { return e.Rule == rule && matches(e.URN, urn) }

// expired reports whether the last day is over.
func (e Exception) expired(now time.Time) bool { return !now.UTC().Before(e.Expires.AddDate(0, 0, 1)) }

// matches compares a URN with a pattern in which * stands for any run of characters.
func matches(pattern, urn string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == urn
	}
	rest, ok := strings.CutPrefix(urn, parts[0])
	if !ok {
		return false
	}
	last := parts[len(parts)-1]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, last)
}

// Parse reads the list from policy config. Every problem of every entry is reported; entries with a problem are left
// out, so that a mistake can only make the pack stricter.
func Parse(list value.Value, now time.Time, known func(rule string) bool) ([]Exception, error) {
	items, state := list.Items()
	if state != value.Known {
		return nil, nil
	}
	var all []Exception
	var problems []error
	for i, item := range items {
		e, err := parse(item, now, known)
		if err != nil {
			problems = append(problems, fmt.Errorf("exception %d: %w", i+1, err))
			continue
		}
		all = append(all, e)
	}
	return all, errors.Join(problems...)
}

func parse(item value.Value, now time.Time, known func(string) bool) (Exception, error) {
	text := func(name string) string {
		s, _ := item.Field(name).Text()
		return strings.TrimSpace(s)
	}
	e := Exception{Rule: text("rule"), URN: text("urn"), Reason: text("reason"), Owner: text("owner")}
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if !known(e.Rule) {
		problem("rule %q does not exist; name one of the rules that --list prints", e.Rule)
	}
	if strings.Trim(e.URN, "*:?") == "" {
		problem("urn %q covers every resource; name the resource, or a pattern that ends in its name", e.URN)
	}
	if len(e.Reason) < ShortestReason {
		problem("reason %q must have at least %d characters; say why the finding is acceptable", e.Reason, ShortestReason)
	}
	if e.Owner == "" {
		problem("owner is empty; name the person or team that answers for the exception")
	}
	expires, err := time.Parse(dateForm, text("expires"))
	switch {
	case err != nil:
		problem("expires %q must be a date such as 2026-01-31", text("expires"))
	case expires.After(now.UTC().AddDate(0, 0, LongestDays)):
		problem("expires %s is more than %d days ahead; choose an earlier day and renew it if need be",
			expires.Format(dateForm), LongestDays)
	}
	e.Expires = expires
	return e, errors.Join(problems...)
}

// Book answers which findings are excepted and remembers which exceptions were needed. It may be used concurrently.
type Book struct {
	now     time.Time
	entries []Exception

	mu    sync.Mutex
	used  map[int]int
	about map[int]bool
}

// NewBook opens a book on the exceptions as they stand at one moment.
func NewBook(entries []Exception, now time.Time) *Book {
	return &Book{now: now, entries: entries, used: map[int]int{}, about: map[int]bool{}}
}

// Excuse answers for a finding of the rule on the resource: the exception that covers it, or, when only one that has
// expired does, that one.
func (b *Book) Excuse(rule, urn string) (current, expired *Exception) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.entries {
		e := &b.entries[i]
		if !e.covers(rule, urn) {
			continue
		}
		b.about[i] = true
		if e.expired(b.now) {
			expired = e
			continue
		}
		b.used[i]++
		return e, nil
	}
	return nil, expired
}

// Wait records that the rule could not be decided yet for the resource, so that an exception for it is not called
// unused.
func (b *Book) Wait(rule, urn string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.entries {
		if b.entries[i].covers(rule, urn) {
			b.about[i] = true
		}
	}
}

// Used lists the exceptions that excused a finding, and how many each did.
func (b *Book) Used() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for i, e := range b.entries {
		if n := b.used[i]; n > 0 {
			lines = append(lines, fmt.Sprintf("%s: %d", e, n))
		}
	}
	return lines
}

// Unused lists the exceptions that no finding asked for.
func (b *Book) Unused() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var lines []string
	for i, e := range b.entries {
		if !b.about[i] {
			lines = append(lines, e.String())
		}
	}
	slices.Sort(lines)
	return lines
}
