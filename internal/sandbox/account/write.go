package account

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// append writes one record and remembers how much of it each resource took.
func (a *Account) append(r *record) error {
	a.sequence++
	r.Sequence = a.sequence
	line, err := r.encode()
	if err != nil {
		a.sequence--
		return err
	}
	for _, res := range r.Put {
		a.index.live -= res.size
		res.size = len(line) / len(r.Put)
		a.index.live += res.size
	}
	count, err := a.file.Write(line)
	if err == nil {
		a.size += int64(count)
		return nil
	}
	// A record half on disk must not be followed by another.
	if truncateErr := a.file.Truncate(a.size); truncateErr != nil {
		a.failed = fmt.Errorf("account %s can no longer be written: %w", a.path, errors.Join(err, truncateErr))
		return a.failed
	}
	if _, seekErr := a.file.Seek(a.size, 0); seekErr != nil {
		a.failed = fmt.Errorf("account %s can no longer be written: %w", a.path, errors.Join(err, seekErr))
		return a.failed
	}
	return fmt.Errorf("write account %s: %w", a.path, err)
}

// compactIfWorthIt rewrites the journal when most of it is history.
func (a *Account) compactIfWorthIt() error {
	if a.size < a.options.CompactAfter || a.size < 4*int64(a.index.live) {
		return nil
	}
	return a.compact()
}

// compact writes what is alive to a new file, flushes it, and renames it over
// the journal: at every moment one of the two is whole.
func (a *Account) compact() error {
	temporary := a.path + ".compact"
	file, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("compact account: %w", err)
	}
	size, err := a.writeLive(file)
	if err == nil {
		err = file.Sync()
	}
	if err == nil {
		err = os.Rename(temporary, a.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("compact account: %w", err), file.Close(), os.Remove(temporary))
	}
	previous := a.file
	a.file, a.size = file, size
	return errors.Join(previous.Close(), syncDirectory(filepath.Dir(a.path)))
}

func (a *Account) writeLive(file *os.File) (int64, error) {
	writer := bufio.NewWriterSize(file, 1<<16)
	var size int64
	write := func(r *record) (int, error) {
		line, err := r.encode()
		if err != nil {
			return 0, err
		}
		count, err := writer.Write(line)
		size += int64(count)
		return count, err
	}
	clock, faults := a.clock, a.faults
	head := &record{Sequence: a.sequence, Header: &a.header, Counters: a.counters, Clock: &clock, Faults: &faults}
	if _, err := write(head); err != nil {
		return 0, err
	}
	a.index.live = 0
	for _, res := range a.index.all() {
		count, err := write(&record{Sequence: res.sequence, Put: []*Resource{res}})
		if err != nil {
			return 0, err
		}
		res.size = count
		a.index.live += count
	}
	return size, writer.Flush()
}

// syncDirectory makes a rename durable. Some file systems cannot flush a
// directory; the rename is atomic there all the same.
func syncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return nil
	}
	_ = directory.Sync()
	return directory.Close()
}
