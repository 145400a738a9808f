package account

import (
	"cmp"
	"maps"
	"slices"
)

// index is everything in the account and the ways to find it.
type index struct {
	resources map[Key]*Resource
	byType    map[string]map[string]*Resource
	byARN     map[string]Key
	byName    map[Key]map[string]struct{} // {type, name} to ids
	byClaim   map[string]Key
	users     map[Key]map[Key]struct{} // the used to its users
	byOwner   map[Key]map[Key]struct{}
	waiting   map[Key]struct{} // what disappears at a set time
	live      int              // bytes the resources take in the journal
}

func newIndex() *index {
	return &index{
		resources: map[Key]*Resource{},
		byType:    map[string]map[string]*Resource{},
		byARN:     map[string]Key{},
		byName:    map[Key]map[string]struct{}{},
		byClaim:   map[string]Key{},
		users:     map[Key]map[Key]struct{}{},
		byOwner:   map[Key]map[Key]struct{}{},
		waiting:   map[Key]struct{}{},
	}
}

// put adds or replaces a resource and returns what it replaced.
func (x *index) put(r *Resource) *Resource {
	previous := x.remove(r.Key)
	x.resources[r.Key] = r
	x.live += r.size
	if x.byType[r.Type] == nil {
		x.byType[r.Type] = map[string]*Resource{}
	}
	x.byType[r.Type][r.ID] = r
	if r.ARN != "" {
		x.byARN[r.ARN] = r.Key
	}
	if r.Name != "" {
		name := Key{r.Type, r.Name}
		if x.byName[name] == nil {
			x.byName[name] = map[string]struct{}{}
		}
		x.byName[name][r.ID] = struct{}{}
	}
	for _, claim := range r.Claims {
		x.byClaim[claim] = r.Key
	}
	for _, used := range r.Uses {
		link(x.users, used, r.Key)
	}
	if !r.Until.IsZero() {
		x.waiting[r.Key] = struct{}{}
	}
	if r.Owner != nil {
		link(x.byOwner, *r.Owner, r.Key)
	}
	return previous
}

// remove takes a resource out and returns it, or nil when it was not there.
func (x *index) remove(key Key) *Resource {
	r, ok := x.resources[key]
	if !ok {
		return nil
	}
	delete(x.resources, key)
	x.live -= r.size
	delete(x.waiting, key)
	delete(x.byType[r.Type], r.ID)
	if r.ARN != "" && x.byARN[r.ARN] == key {
		delete(x.byARN, r.ARN)
	}
	if r.Name != "" {
		name := Key{r.Type, r.Name}
		delete(x.byName[name], r.ID)
		if len(x.byName[name]) == 0 {
			delete(x.byName, name)
		}
	}
	for _, claim := range r.Claims {
		if x.byClaim[claim] == key {
			delete(x.byClaim, claim)
		}
	}
	for _, used := range r.Uses {
		unlink(x.users, used, key)
	}
	if r.Owner != nil {
		unlink(x.byOwner, *r.Owner, key)
	}
	return r
}

func link(links map[Key]map[Key]struct{}, from, to Key) {
	if links[from] == nil {
		links[from] = map[Key]struct{}{}
	}
	links[from][to] = struct{}{}
}

func unlink(links map[Key]map[Key]struct{}, from, to Key) {
	delete(links[from], to)
	if len(links[from]) == 0 {
		delete(links, from)
	}
}

// ordered returns the resources of keys, oldest first.
func (x *index) ordered(keys map[Key]struct{}) []*Resource {
	found := make([]*Resource, 0, len(keys))
	for key := range keys {
		if r, ok := x.resources[key]; ok {
			found = append(found, r)
		}
	}
	sortByAge(found)
	return found
}

func (x *index) all() []*Resource {
	found := slices.Collect(maps.Values(x.resources))
	sortByAge(found)
	return found
}

func sortByAge(resources []*Resource) {
	slices.SortFunc(resources, func(a, b *Resource) int {
		return cmp.Or(cmp.Compare(a.sequence, b.sequence), cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
	})
}
