package tenantguard

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write testdata/specimens.txt from what the definition says, for review")

const (
	specimenFile = "testdata/specimens.sql"
	expectedFile = "testdata/specimens.txt"
)

// findings lists what a function of rules, or the whole definition, names.
func findings(ctx context.Context, q querier, function string) ([]string, error) {
	rows, err := q.Query(ctx, "select line from (select rule || ' ' || object as line from "+function+") f order by line collate \"C\"")
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// withSpecimens runs body in a transaction that holds every specimen.
func withSpecimens(t *testing.T, body func(tx pgx.Tx)) {
	t.Helper()
	f := guarded(t)
	ctx := context.Background()
	admin := f.admin(t)
	// A slot cannot be made in a transaction that writes; the second one belongs
	// to another database and must not be named.
	other := f.server.Connect(t, f.server.Database(t))
	for _, c := range []*pgx.Conn{admin, other} {
		name := fmt.Sprintf("slot_%d", c.PgConn().PID())
		if c == admin {
			name = "slot_here"
		}
		mustExec(t, c, "select pg_create_logical_replication_slot($1, 'pgoutput')", name)
		t.Cleanup(func() { mustExec(t, c, "select pg_drop_replication_slot($1)", name) })
	}
	specimens, err := os.ReadFile(specimenFile)
	require.NoError(t, err)
	inTx(t, admin, func(tx pgx.Tx) {
		require.NoError(t, run(ctx, tx, File{Name: specimenFile, SQL: string(specimens)}))
		body(tx)
	})
}

// TestDefinitionNamesEverySpecimenAndNothingElse compares all the definition
// says with a list that was reviewed line by line.
func TestDefinitionNamesEverySpecimenAndNothingElse(t *testing.T) {
	withSpecimens(t, func(tx pgx.Tx) {
		got, err := findings(context.Background(), tx, "tenancy.violations()")
		require.NoError(t, err)
		for i, line := range got {
			if strings.HasPrefix(line, "server-version ") {
				got[i] = "server-version (that of the test)"
			}
		}
		text := strings.Join(got, "\n") + "\n"
		if *update {
			require.NoError(t, os.WriteFile(expectedFile, []byte(text), 0o644))
		}
		want, err := os.ReadFile(expectedFile)
		require.NoError(t, err)
		assert.Equal(t, string(want), text)
	})
}

func TestEveryRuleHasASpecimenOrAScene(t *testing.T) {
	want, err := os.ReadFile(expectedFile)
	require.NoError(t, err)
	shown := map[string]bool{}
	for line := range strings.Lines(string(want)) {
		rule, _, _ := strings.Cut(line, " ")
		shown[rule] = true
	}
	for _, s := range guardScenes {
		rule, _, _ := strings.Cut(s.finding, " ")
		shown[rule] = true
	}
	files, err := Files()
	require.NoError(t, err)
	rules := 0
	for _, f := range files {
		for _, m := range regexp.MustCompile(`(?m)^-- rule (\S+)$`).FindAllStringSubmatch(f.SQL, -1) {
			rules++
			assert.True(t, shown[m[1]], "rule %s of %s has no specimen", m[1], f.Name)
		}
	}
	assert.Greater(t, rules, 40)
}

// definitionFiles are the files that are mutated, each with the function to ask:
// the one the file defines where it stands alone, else the whole definition.
var definitionFiles = map[string]string{
	"31_relations.sql":        "tenancy.violations()",
	"81_rules_tables.sql":     "tenancy.table_violations()",
	"82_rules_policies.sql":   "tenancy.policy_violations()",
	"83_rules_keys.sql":       "tenancy.key_violations()",
	"84_rules_objects.sql":    "tenancy.object_violations()",
	"85_rules_privileges.sql": "tenancy.privilege_violations()",
	"86_rules_roles.sql":      "tenancy.role_violations()",
	"88_rules_code.sql":       "tenancy.code_violations()",
	"89_violations.sql":       "tenancy.violations()",
}

// TestDroppingAnyClauseOfTheDefinitionIsNoticed takes one clause or one
// condition out of the definition at a time and expects that it says something
// else, about the specimens or about a database in which all is well.
func TestDroppingAnyClauseOfTheDefinitionIsNoticed(t *testing.T) {
	var survivors []mutant
	tried := 0
	withSpecimens(t, func(tx pgx.Tx) {
		var all []mutant
		for name, function := range definitionFiles {
			f, err := readFile(name)
			require.NoError(t, err)
			all = append(all, mutants(f.SQL, function)...)
		}
		tried = len(all)
		survivors = surviving(t, tx, all, "create or replace function tenancy.known_holes(version int) returns boolean language sql immutable return true")
	})
	inTx(t, guarded(t).admin(t), func(tx pgx.Tx) { survivors = surviving(t, tx, survivors, "select 1") })
	for _, m := range survivors {
		t.Errorf("nobody noticed that this is gone:\n%s", m.removed)
	}
	t.Logf("%d clauses and conditions taken out", tried)
	assert.Greater(t, tried, 150)
}

// surviving returns the mutants under which the definition says the same. after
// runs once each is in place.
func surviving(t *testing.T, tx pgx.Tx, all []mutant, after string) []mutant {
	t.Helper()
	ctx := context.Background()
	baselines := map[string][]string{}
	ask := func(q querier, function string) ([]string, error) {
		return findings(ctx, q, function+" where rule <> 'unchanged'") // each mutant changes the guard
	}
	for _, function := range definitionFiles {
		baseline, err := ask(tx, function)
		require.NoError(t, err)
		baselines[function] = baseline
	}
	var same []mutant
	for _, m := range all {
		sub, err := tx.Begin(ctx)
		require.NoError(t, err)
		require.NoError(t, run(ctx, sub, File{Name: "mutant", SQL: m.sql}), m.removed)
		mustExec(t, sub, after)
		// A definition that fails refuses every transaction and is noticed as well.
		if got, err := ask(sub, m.function); err == nil && slices.Equal(got, baselines[m.function]) {
			same = append(same, m)
		}
		require.NoError(t, sub.Rollback(ctx))
	}
	return same
}
