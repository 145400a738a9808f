package account

import (
	"maps"
	"slices"
	"time"
)

// Tx is one look at the account, or one change of it. It must not be kept
// after the function it was given to returns.
type Tx struct {
	account  *Account
	writable bool
	undo     []func()
	touched  map[Key]*Resource // nil: removed
	order    []Key
	counters map[string]int
	clock    *time.Duration
	faults   bool
}

// View runs fn on the account as it is.
func (a *Account) View(fn func(*Tx) error) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return fn(&Tx{account: a})
}

// Update runs fn and stores its changes as one: all of them when fn returns
// nil, none when it returns an error or they cannot be written.
func (a *Account) Update(fn func(*Tx) error) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.failed != nil {
		return a.failed
	}
	tx := &Tx{account: a, writable: true, touched: map[Key]*Resource{}, counters: map[string]int{}}
	err := fn(tx)
	if err == nil {
		err = tx.commit()
	}
	if err != nil {
		for _, undo := range slices.Backward(tx.undo) {
			undo()
		}
		return err
	}
	return a.compactIfWorthIt()
}

func (tx *Tx) commit() error {
	r := &record{Counters: tx.counters, Clock: tx.clock}
	for _, key := range tx.order {
		if res := tx.touched[key]; res != nil {
			r.Put = append(r.Put, res)
		} else {
			r.Remove = append(r.Remove, key)
		}
	}
	if tx.faults {
		faults := tx.account.faults
		r.Faults = &faults
	}
	if len(r.Put) == 0 && len(r.Remove) == 0 && len(r.Counters) == 0 && r.Clock == nil && r.Faults == nil {
		return nil
	}
	return tx.account.append(r)
}

// Get returns the resource with the key.
func (tx *Tx) Get(key Key) (*Resource, bool) {
	r, ok := tx.account.index.resources[key]
	return r, ok
}

// ByARN returns the resource with the ARN.
func (tx *Tx) ByARN(arn string) (*Resource, bool) {
	key, ok := tx.account.index.byARN[arn]
	if !ok {
		return nil, false
	}
	return tx.Get(key)
}

// ByName returns the resources of a type with a physical name, oldest first.
func (tx *Tx) ByName(typ, name string) []*Resource {
	keys := map[Key]struct{}{}
	for id := range tx.account.index.byName[Key{typ, name}] {
		keys[Key{typ, id}] = struct{}{}
	}
	return tx.account.index.ordered(keys)
}

// ByType returns the resources of a type, oldest first.
func (tx *Tx) ByType(typ string) []*Resource {
	found := slices.Collect(maps.Values(tx.account.index.byType[typ]))
	sortByAge(found)
	return found
}

// All returns everything in the account, oldest first.
func (tx *Tx) All() []*Resource { return tx.account.index.all() }

// Claimant returns the resource that holds a claim.
func (tx *Tx) Claimant(claim string) (*Resource, bool) {
	key, ok := tx.account.index.byClaim[claim]
	if !ok {
		return nil, false
	}
	return tx.Get(key)
}

// Users returns the resources that use the one with the key, oldest first.
func (tx *Tx) Users(key Key) []*Resource {
	return tx.account.index.ordered(tx.account.index.users[key])
}

// Owned returns the companions of the resource with the key, oldest first.
func (tx *Tx) Owned(key Key) []*Resource {
	return tx.account.index.ordered(tx.account.index.byOwner[key])
}

// AccountID is the account number.
func (tx *Tx) AccountID() string { return tx.account.header.AccountID }

// Now is the time on the account's own clock.
func (tx *Tx) Now() time.Time { return tx.account.now() }

// Put adds a resource, or replaces the one with its key.
func (tx *Tx) Put(r *Resource) {
	if r.Status == "" {
		r.Status = Active
	}
	if r.Created.IsZero() {
		r.Created = tx.Now()
	}
	tx.account.stamp(r, tx.account.sequence+1)
	previous := tx.account.index.put(r)
	tx.touch(r.Key, r)
	tx.undo = append(tx.undo, func() {
		tx.account.index.remove(r.Key)
		if previous != nil {
			tx.account.index.put(previous)
		}
	})
}

// Remove takes a resource out of the account.
func (tx *Tx) Remove(key Key) {
	previous := tx.account.index.remove(key)
	if previous == nil {
		return
	}
	tx.touch(key, nil)
	tx.undo = append(tx.undo, func() { tx.account.index.put(previous) })
}

func (tx *Tx) touch(key Key, r *Resource) {
	if _, seen := tx.touched[key]; !seen {
		tx.order = append(tx.order, key)
	}
	tx.touched[key] = r
}

// Advance moves the account's clock forward.
func (tx *Tx) Advance(by time.Duration) {
	before := tx.account.clock
	tx.account.clock += by
	clock := tx.account.clock
	tx.clock = &clock
	tx.undo = append(tx.undo, func() { tx.account.clock = before })
}

// Count adds one to a named counter and returns its new value. Counters never
// go back, so what is numbered with them is never numbered twice.
func (tx *Tx) Count(counter string) int {
	before := tx.account.counters[counter]
	tx.account.counters[counter] = before + 1
	tx.counters[counter] = before + 1
	tx.undo = append(tx.undo, func() { tx.account.counters[counter] = before })
	return before + 1
}

// Advance moves the account's clock forward, as waiting would.
func (a *Account) Advance(by time.Duration) error {
	return a.Update(func(tx *Tx) error {
		tx.Advance(by)
		return nil
	})
}

// Waiting returns the resources that disappear at a set time, in no order.
func (tx *Tx) Waiting() []*Resource {
	waiting := make([]*Resource, 0, len(tx.account.index.waiting))
	for key := range tx.account.index.waiting {
		waiting = append(waiting, tx.account.index.resources[key])
	}
	return waiting
}
