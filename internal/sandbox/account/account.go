package account

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// DefaultID is the account number used when none is given: the one AWS's own
// documentation uses.
const DefaultID = "123456789012"

// Options are what an account is created with. An account that exists keeps
// its number and seed.
type Options struct {
	// ID is the account number, 12 digits. Default: DefaultID.
	ID string
	// Seed decides every generated identifier. Default: random.
	Seed string
	// Now is the clock the account's own clock starts from. Default: time.Now.
	Now func() time.Time
	// CompactAfter is the journal size in bytes from which it is rewritten
	// once it holds four times what is alive. Default: 1 MiB.
	CompactAfter int64
}

// Account is an open account. It is safe for concurrent use.
type Account struct {
	path    string
	options Options
	lock    *os.File

	mutex    sync.Mutex
	file     *os.File
	size     int64
	failed   error
	header   header
	sequence int64
	index    *index
	counters map[string]int
	clock    time.Duration
	faults   []*plannedFault
	notes    []string
}

// Open opens the account in the file at path for writing and creates it when
// it does not exist. It fails with an *InUseError while another process has it
// open.
func Open(path string, options Options) (*Account, error) {
	options = options.withDefaults()
	if !validID(options.ID) {
		return nil, fmt.Errorf("account id must be 12 digits, got %q", options.ID)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open account: %w", err)
	}
	held, err := lock(path)
	if err != nil {
		return nil, err
	}
	a := newAccount(path, options)
	a.lock = held
	if err := a.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("open account %s: %w", path, err), held.Close())
	}
	return a, nil
}

// Read loads the account in the file at path as it is now, without its lock.
// What is returned can be viewed but not updated. An account that does not
// exist yet is empty.
func Read(path string) (*Account, error) {
	a := newAccount(path, Options{}.withDefaults())
	a.failed = errors.New("the account was opened for reading only")
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read account: %w", err)
	}
	defer file.Close()
	if _, _, err := replay(file, a.apply); err != nil {
		return nil, fmt.Errorf("read account %s: %w", path, err)
	}
	return a, nil
}

func (o Options) withDefaults() Options {
	if o.ID == "" {
		o.ID = DefaultID
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.CompactAfter == 0 {
		o.CompactAfter = 1 << 20
	}
	return o
}

func validID(id string) bool {
	for _, digit := range id {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return len(id) == 12
}

func newAccount(path string, options Options) *Account {
	return &Account{path: path, options: options, index: newIndex(), counters: map[string]int{},
		header: header{Format: format, AccountID: options.ID}}
}

// start loads the journal, drops a torn tail, and makes the file ready for
// appending.
func (a *Account) start() error {
	// A leftover of a compaction that was killed before its rename.
	if err := os.Remove(a.path + ".compact"); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	whole, torn, err := replay(file, a.apply)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if torn > 0 {
		a.notes = append(a.notes, fmt.Sprintf("the last record of %s was cut off (%d bytes) and was dropped; it was never acknowledged", a.path, torn))
		if err := file.Truncate(whole); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	if _, err := file.Seek(whole, 0); err != nil {
		return errors.Join(err, file.Close())
	}
	a.file, a.size = file, whole
	if whole == 0 {
		return a.begin()
	}
	return a.compactIfWorthIt()
}

// begin writes the header of a new account.
func (a *Account) begin() error {
	a.header.Seed = a.options.Seed
	if a.header.Seed == "" {
		seed := make([]byte, 16)
		if _, err := rand.Read(seed); err != nil {
			return err
		}
		a.header.Seed = hex.EncodeToString(seed)
	}
	return a.append(&record{Header: &a.header})
}

// apply brings one record of the journal into memory.
func (a *Account) apply(r *record) error {
	if r.Header != nil {
		if r.Header.Format != format {
			return fmt.Errorf("the format is %q, this version reads %q; reset the sandbox", r.Header.Format, format)
		}
		a.header = *r.Header
	} else if a.header.Seed == "" {
		return errors.New("the file does not begin with an account header")
	}
	for _, key := range r.Remove {
		a.index.remove(key)
	}
	for _, res := range r.Put {
		a.stamp(res, r.Sequence)
		a.index.put(res)
	}
	for stream, count := range r.Counters {
		a.counters[stream] = count
	}
	if r.Clock != nil {
		a.clock = *r.Clock
	}
	if r.Faults != nil {
		a.faults = *r.Faults
	}
	a.sequence = max(a.sequence, r.Sequence)
	return nil
}

// stamp keeps the age of a resource across changes to it.
func (a *Account) stamp(r *Resource, sequence int64) {
	if previous, ok := a.index.resources[r.Key]; ok {
		r.sequence = previous.sequence
		return
	}
	if r.sequence == 0 {
		r.sequence = sequence
	}
}

// ID is the account number.
func (a *Account) ID() string { return a.header.AccountID }

// Path is the file the account is kept in.
func (a *Account) Path() string { return a.path }

// Notes are remarks about opening the account a person should see, such as a
// record that was dropped.
func (a *Account) Notes() []string { return a.notes }

// Now is the time on the account's own clock.
func (a *Account) Now() time.Time {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.now()
}

func (a *Account) now() time.Time {
	return a.options.Now().UTC().Add(a.clock).Truncate(time.Millisecond)
}

// Close flushes the account to the disk and gives up its lock.
func (a *Account) Close() error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.file == nil {
		return nil
	}
	err := errors.Join(a.file.Sync(), a.file.Close(), a.lock.Close())
	a.file = nil
	a.failed = errors.New("the account is closed")
	return err
}
