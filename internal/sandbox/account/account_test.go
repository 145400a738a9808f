package account

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const testType = "aws:sqs/queue:Queue"

func midday() time.Time { return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, path string, options Options) *Account {
	t.Helper()
	options.Now = midday
	a, err := Open(path, options)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.Close()) })
	return a
}

func put(t *testing.T, a *Account, r *Resource) {
	t.Helper()
	require.NoError(t, a.Update(func(tx *Tx) error {
		tx.Put(r)
		return nil
	}))
}

func queue(id string) *Resource {
	return &Resource{Key: Key{testType, id}, ARN: "arn:aws:sqs:eu-west-1:123456789012:" + id, Name: id, Origin: Managed,
		URN: "urn:pulumi:dev::tenfold::aws:sqs/queue:Queue::" + id, Claims: []string{"sqs " + id},
		Properties: Properties{"name": resource.NewProperty(id), "delaySeconds": resource.NewProperty(5.0),
			"tags": resource.NewProperty(resource.PropertyMap{"Team": resource.NewProperty("core")})}}
}

func ids(a *Account) []string {
	var found []string
	_ = a.View(func(tx *Tx) error {
		for _, r := range tx.All() {
			found = append(found, r.ID)
		}
		return nil
	})
	return found
}

func TestAnAccountIsTheSameAfterItIsOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	put(t, a, queue("one"))
	user := queue("two")
	user.Uses = []Key{{testType, "one"}}
	user.Owner = &Key{testType, "one"}
	user.Until = midday().Add(time.Hour)
	put(t, a, user)
	require.NoError(t, a.Advance(time.Minute))
	require.NoError(t, a.Plan(Fault{Type: "*", Operation: OnCreate}))
	require.NoError(t, a.Close())

	again := open(t, path, Options{})
	assert.Equal(t, []string{"one", "two"}, ids(again))
	assert.Equal(t, midday().Add(time.Minute), again.Now())
	assert.Len(t, again.Faults(), 1)
	require.NoError(t, again.View(func(tx *Tx) error {
		one, ok := tx.Get(Key{testType, "one"})
		require.True(t, ok)
		assert.Equal(t, queue("one").Properties, one.Properties)
		assert.Equal(t, midday(), one.Created)
		byARN, _ := tx.ByARN("arn:aws:sqs:eu-west-1:123456789012:two")
		assert.Equal(t, "two", byARN.ID)
		assert.Equal(t, []*Resource{byARN}, tx.ByName(testType, "two"))
		assert.Equal(t, []*Resource{byARN}, tx.Users(one.Key))
		assert.Equal(t, []*Resource{byARN}, tx.Owned(one.Key))
		assert.Equal(t, []*Resource{byARN}, tx.Waiting())
		holder, _ := tx.Claimant("sqs one")
		assert.Same(t, one, holder)
		return nil
	}))
}

func TestAFailedUpdateLeavesNothingBehind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	put(t, a, queue("kept"))
	refused := errors.New("refused")

	err := a.Update(func(tx *Tx) error {
		changed, _ := tx.Get(Key{testType, "kept"})
		next := changed.Clone()
		next.Properties["delaySeconds"] = resource.NewProperty(9.0)
		next.Claims = []string{"another"}
		tx.Put(next)
		tx.Put(queue("new"))
		tx.Remove(Key{testType, "kept"})
		tx.Count("revisions")
		tx.Advance(time.Hour)
		return refused
	})

	require.ErrorIs(t, err, refused)
	check := func(a *Account) {
		assert.Equal(t, []string{"kept"}, ids(a))
		assert.Equal(t, midday(), a.Now())
		require.NoError(t, a.View(func(tx *Tx) error {
			kept, _ := tx.Claimant("sqs kept")
			require.NotNil(t, kept)
			assert.Equal(t, 5.0, kept.Properties["delaySeconds"].NumberValue())
			_, claimed := tx.Claimant("another")
			assert.False(t, claimed)
			return nil
		}))
	}
	check(a)
	require.NoError(t, a.Close())
	check(open(t, path, Options{}))
}

func TestAnUnknownValueCannotBeStored(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	unknown := queue("unknown")
	unknown.Properties["url"] = resource.MakeComputed(resource.NewProperty(""))

	err := a.Update(func(tx *Tx) error {
		tx.Put(unknown)
		return nil
	})

	require.ErrorContains(t, err, "url: the value is unknown")
	assert.Empty(t, ids(a))
}

func TestASecondWriterIsToldWhoHoldsTheAccount(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	open(t, path, Options{})

	_, err := Open(path, Options{})

	var inUse *InUseError
	require.ErrorAs(t, err, &inUse)
	assert.Equal(t, os.Getpid(), inUse.PID)
	assert.EqualError(t, err, fmt.Sprintf("account %s is in use by process %d; wait for it to end or stop it", path, os.Getpid()))
}

func TestReadingNeedsNoLockAndCannotWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	put(t, a, queue("one"))

	view, err := Read(path)
	require.NoError(t, err)
	assert.Equal(t, []string{"one"}, ids(view))
	assert.ErrorContains(t, view.Advance(time.Hour), "opened for reading only")

	missing, err := Read(path + ".missing")
	require.NoError(t, err)
	assert.True(t, missing.Empty())
}

func TestATornLastRecordIsDroppedWhereverItWasCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	put(t, a, queue("whole"))
	whole := a.size
	put(t, a, queue("torn"))
	require.NoError(t, a.Close())
	content, err := os.ReadFile(path)
	require.NoError(t, err)

	for cut := whole + 1; cut < int64(len(content)); cut++ {
		copied := filepath.Join(t.TempDir(), "account")
		require.NoError(t, os.WriteFile(copied, content[:cut], 0o600))
		again, err := Open(copied, Options{Now: midday})
		require.NoError(t, err)
		assert.Equal(t, []string{"whole"}, ids(again))
		require.Len(t, again.Notes(), 1)
		assert.Contains(t, again.Notes()[0], fmt.Sprintf("(%d bytes)", cut-whole))
		put(t, again, queue("next"))
		require.NoError(t, again.Close())
		third, err := Read(copied)
		require.NoError(t, err)
		assert.Equal(t, []string{"whole", "next"}, ids(third))
	}
}

func TestDamageBeforeTheEndIsAnError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{})
	put(t, a, queue("one"))
	damagedAt := a.size - 20
	put(t, a, queue("two"))
	require.NoError(t, a.Close())
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = file.WriteAt([]byte("#"), damagedAt)
	require.NoError(t, err)
	require.NoError(t, file.Close())

	_, err = Open(path, Options{})

	assert.ErrorContains(t, err, "is damaged: the checksum does not match")
}

func TestAFileOfAnotherFormatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	line, err := (&record{Header: &header{Format: "tenfold-account/99", Seed: "x"}}).encode()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, line, 0o600))

	_, err = Open(path, Options{})

	assert.ErrorContains(t, err, `the format is "tenfold-account/99"`)
}

func TestTheJournalIsRewrittenWhenItIsMostlyHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	a := open(t, path, Options{CompactAfter: 4096, Seed: "seed"})
	for round := range 200 {
		r := queue("one")
		r.Properties["delaySeconds"] = resource.NewProperty(float64(round))
		put(t, a, r)
	}
	require.NoError(t, a.Update(func(tx *Tx) error {
		assert.Equal(t, 1, tx.Count("revisions"))
		return nil
	}))
	assert.Less(t, a.size, int64(8192), "the journal must not grow with history")
	require.NoError(t, a.Close())

	again := open(t, path, Options{})
	assert.Equal(t, "seed", again.header.Seed)
	require.NoError(t, again.Update(func(tx *Tx) error {
		r, _ := tx.Get(Key{testType, "one"})
		assert.Equal(t, 199.0, r.Properties["delaySeconds"].NumberValue())
		assert.Equal(t, 2, tx.Count("revisions"), "a counter must survive compaction")
		return nil
	}))
	assert.NoFileExists(t, path+".compact")
}

func TestIdentifiersDependOnTheSeedAndNeverRepeat(t *testing.T) {
	generate := func(seed string) []string {
		a := open(t, filepath.Join(t.TempDir(), "account"), Options{Seed: seed})
		var made []string
		require.NoError(t, a.Update(func(tx *Tx) error {
			for range 3 {
				made = append(made, tx.Random("vpc main").Hex(17))
			}
			made = append(made, tx.Random("vpc other").Hex(17))
			return nil
		}))
		return made
	}
	first := generate("one")
	assert.Equal(t, first, generate("one"))
	assert.NotEqual(t, first, generate("two"))
	unique := map[string]bool{}
	for _, id := range first {
		assert.Regexp(t, `^[0-9a-f]{17}$`, id)
		unique[id] = true
	}
	assert.Len(t, unique, 4)
}

func TestAnAccountNumberHasTwelveDigits(t *testing.T) {
	_, err := Open(filepath.Join(t.TempDir(), "account"), Options{ID: "12345"})
	assert.EqualError(t, err, `account id must be 12 digits, got "12345"`)
}

func TestListingTellsWhatIsManagedPreparedAndKept(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "account"), Options{})
	zone, err := a.EnsureHostedZone("example.com")
	require.NoError(t, err)
	same, err := a.EnsureHostedZone("Example.com.")
	require.NoError(t, err)
	assert.Equal(t, zone, same)
	assert.True(t, a.Empty(), "a prerequisite is not something a program left")

	put(t, a, queue("managed"))
	pending := queue("pending")
	pending.Status, pending.Until = PendingDeletion, midday().Add(time.Hour)
	put(t, a, pending)
	held := queue("held")
	held.Status, held.Until = Deleted, midday().Add(time.Minute)
	put(t, a, held)

	listing := a.List()
	assert.False(t, a.Empty())
	assert.Equal(t, "managed", listing.Resources[0].LogicalName)
	assert.Len(t, listing.Resources, 1)
	assert.Equal(t, zone, listing.Prerequisites[0].ID)
	require.Len(t, listing.Kept, 1)
	assert.Equal(t, PendingDeletion, listing.Kept[0].Status)

	require.NoError(t, a.Advance(2*time.Hour))
	assert.Empty(t, a.List().Kept, "what is past its time is not kept any longer")
}
