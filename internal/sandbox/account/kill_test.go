package account

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// writerVariable makes the test binary a writer of the account it names, from
// the number after the last colon on.
const writerVariable = "TENFOLD_TEST_ACCOUNT_WRITER"

func TestMain(m *testing.M) {
	if target := os.Getenv(writerVariable); target != "" {
		if err := writeForEver(target); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// writeForEver puts, changes and removes resources until it is killed, and
// prints the number of each transaction that was acknowledged. The account is
// compacted every few transactions, so that kills land in compactions too.
func writeForEver(target string) error {
	cut := strings.LastIndex(target, ":")
	number, err := strconv.Atoi(target[cut+1:])
	if err != nil {
		return err
	}
	a, err := Open(target[:cut], Options{CompactAfter: 2048})
	if err != nil {
		return err
	}
	for ; ; number++ {
		err := a.Update(func(tx *Tx) error {
			r := queue("slot-" + strconv.Itoa(number%7))
			r.Claims = nil
			r.Properties["number"] = resource.NewProperty(float64(number))
			tx.Put(r)
			tx.Remove(Key{testType, "slot-" + strconv.Itoa((number+3)%7)})
			for tx.account.counters["number"] < number {
				tx.Count("number")
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Println(number)
	}
}

// slots is what the account must hold after a transaction.
func slots(number int) map[string]float64 {
	held := map[string]float64{}
	for n := 1; n <= number; n++ {
		held["slot-"+strconv.Itoa(n%7)] = float64(n)
		delete(held, "slot-"+strconv.Itoa((n+3)%7))
	}
	return held
}

func TestAKilledWriterLosesNothingItAcknowledged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "account")
	reached := 0
	for round := range 40 {
		acknowledged := killAfter(t, path, reached+1, 1+round*7)
		a, err := Open(path, Options{CompactAfter: 2048})
		require.NoError(t, err, "round %d", round)
		stored := a.counters["number"]
		require.GreaterOrEqual(t, stored, acknowledged, "an acknowledged transaction is lost")
		held := map[string]float64{}
		for _, r := range a.index.all() {
			held[r.ID] = r.Properties["number"].NumberValue()
		}
		assert.Equal(t, slots(stored), held, "a transaction is half there")
		reached = stored
		require.NoError(t, a.Close())
	}
}

// killAfter starts a writer, kills it once it has acknowledged so many
// transactions, and returns the number of the last one it acknowledged.
func killAfter(t *testing.T, path string, from, transactions int) int {
	t.Helper()
	writer := exec.Command(os.Args[0])
	writer.Env = append(os.Environ(), fmt.Sprintf("%s=%s:%d", writerVariable, path, from))
	var problems strings.Builder
	writer.Stderr = &problems
	output, err := writer.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, writer.Start())
	last, count := 0, 0
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		number, err := strconv.Atoi(lines.Text())
		if err != nil {
			break // the last line was cut in the middle
		}
		last, count = number, count+1
		if count == transactions {
			require.NoError(t, writer.Process.Kill())
		}
	}
	require.Error(t, writer.Wait(), "the writer must end by being killed")
	require.Empty(t, problems.String())
	require.Positive(t, last)
	return last
}
