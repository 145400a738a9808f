package sqlscript

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitEndsStatementsWherePostgreSQLDoes(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   []string
	}{
		"plain":                    {"select 1; select 2;", []string{"select 1", "select 2"}},
		"no last semicolon":        {"select 1;\nselect 2\n", []string{"select 1", "select 2"}},
		"empty statements":         {";; select 1;;\n;", []string{"select 1"}},
		"semicolon in a string":    {"select 'a;b'; select 2", []string{"select 'a;b'", "select 2"}},
		"doubled quote":            {"select 'a'';b'; select 2", []string{"select 'a'';b'", "select 2"}},
		"backslash is literal":     {`select '\'; select 2`, []string{`select '\'`, "select 2"}},
		"escape string":            {`select E'\';'; select 2`, []string{`select E'\';'`, "select 2"}},
		"word that ends in e":      {`select date'2020-01-01\'; select 2`, []string{`select date'2020-01-01\'`, "select 2"}},
		"quoted identifier":        {`select "a;""b"; select 2`, []string{`select "a;""b"`, "select 2"}},
		"dollar quote":             {"do $$ begin; end $$; select 2", []string{"do $$ begin; end $$", "select 2"}},
		"tagged dollar quote":      {"do $x$ $$;$$ $x$; select 2", []string{"do $x$ $$;$$ $x$", "select 2"}},
		"dollar inside a word":     {"select a$b$; select 2", []string{"select a$b$", "select 2"}},
		"parameter is no quote":    {"select $1; select $1", []string{"select $1", "select $1"}},
		"line comment":             {"select 1 -- ; no\n; select 2", []string{"select 1", "select 2"}},
		"comment after operator":   {"select 1+--;\n2; select 2", []string{"select 1+--;\n2", "select 2"}},
		"nested comment":           {"/* a /* ; */ ; */ select 1; select 2", []string{"select 1", "select 2"}},
		"only comments":            {"-- nothing\n/* here */", nil},
		"letters outside of ascii": {"select größe; select 2", []string{"select größe", "select 2"}},
		"sql body": {
			"create function f() returns int begin atomic select 1; select case when true then 2 end; end; select 2",
			[]string{"create function f() returns int begin atomic select 1; select case when true then 2 end; end", "select 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			script, err := Split(c.script)
			require.NoError(t, err)
			var got []string
			for _, s := range script.Statements {
				got = append(got, s.Text)
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestSplitNamesTheLineOfWhatIsNeverClosed(t *testing.T) {
	for name, script := range map[string]string{
		"string":            "select 1;\n\nselect 'a",
		"escape string":     "select 1;\n\nselect E'a\\'",
		"quoted identifier": "select 1;\n\nselect \"a",
		"dollar quote":      "select 1;\n\ndo $x$ $$",
		"comment":           "select 1;\n\n/* /* */",
		"psql command":      "select 1;\n\n\\copy t from f",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Split(script)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, 3, e.Line)
		})
	}
}

func TestStatementsKnowTheirLine(t *testing.T) {
	script, err := Split("-- one\n\nselect\n  'a\nb';\n/*\n*/ select 2;")
	require.NoError(t, err)
	require.Len(t, script.Statements, 2)
	assert.Equal(t, 3, script.Statements[0].Line)
	assert.Equal(t, 7, script.Statements[1].Line)
}

func TestCommentsKnowWhetherAStatementCameBefore(t *testing.T) {
	script, err := Split("-- first\nselect 1 -- second\n;\n-- third")
	require.NoError(t, err)
	assert.Equal(t, []Comment{
		{Text: "first", Line: 1, Before: true},
		{Text: "second", Line: 2},
		{Text: "third", Line: 4},
	}, script.Comments)
}

func TestStartsAndHasLookAtKeywordsOutsideOfQuotes(t *testing.T) {
	script, err := Split(`CREATE  /* a */ Index concurrently "concurrently" on t (a) -- commit
where b = 'unique'`)
	require.NoError(t, err)
	s := script.Statements[0]
	assert.True(t, s.Starts("create", "index", "concurrently"))
	assert.False(t, s.Starts("create", "unique"))
	assert.False(t, s.Has("unique"))
	assert.False(t, s.Has("commit"))
	assert.Equal(t, "concurrently", s.Tokens[3].Name())
	assert.Equal(t, `CREATE Index concurrently "concurrently" on t ( a ) where b ...`, s.Summary())
}

func FuzzSplitKeepsEveryStatementInsideTheScript(f *testing.F) {
	f.Add("select 1; do $$ x $$; -- y\n select E'\\'' ; /* /* */ */ \"a\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		script, err := Split(text)
		if err != nil {
			return
		}
		for _, s := range script.Statements {
			assert.Contains(t, text, s.Text)
			again, err := Split(s.Text)
			require.NoError(t, err)
			require.Len(t, again.Statements, 1, "%q", s.Text)
			assert.Equal(t, s.Text, again.Statements[0].Text)
		}
	})
}
