package tenantguard

import (
	"regexp"
	"slices"
	"strings"
)

// mutant is a file of SQL with one thing taken out, and the function that says
// whether it matters.
type mutant struct{ sql, removed, function string }

var (
	condition = regexp.MustCompile(`^\s*(and|where) `)
	member    = regexp.MustCompile(`^    select '(schema|cluster|guard)', v\.\*`)
)

// mutants takes out every clause that a line "-- rule" heads, every member of the
// whole definition, and every condition that is complete on its line.
func mutants(sql, function string) []mutant {
	lines := strings.Split(sql, "\n")
	var all []mutant
	without := func(from, to int, instead ...string) {
		changed := slices.Concat(lines[:from], instead, lines[to:])
		all = append(all, mutant{sql: strings.Join(changed, "\n"), removed: strings.Join(lines[from:to], "\n"), function: function})
	}
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "-- rule "):
			end := i + 1
			for lines[end] != "union all" && lines[end] != "$$;" {
				end++
			}
			without(i+1, end, "select null::text, null::text, null::text, null::text where false")
		case member.MatchString(line) && strings.Contains(line, "_violations()"):
			without(i, i+1, strings.TrimSuffix(line, " where not only_schema")+" where false")
		case condition.MatchString(line) && complete(line):
			if rest, isWhere := strings.CutPrefix(strings.TrimSpace(line), "where "); isWhere && rest != "" {
				without(i, i+1, "where true"+terminator(line))
			} else {
				without(i, i+1, terminator(line))
			}
		}
	}
	return all
}

// terminator keeps the semicolon that ends a statement.
func terminator(line string) string {
	if strings.HasSuffix(line, ";") {
		return ";"
	}
	return ""
}

var quoted = regexp.MustCompile(`'[^']*'|/\*.*?\*/`)

// complete says whether a condition begins and ends on its line.
func complete(line string) bool {
	bare := quoted.ReplaceAllString(line, "")
	return strings.Count(bare, "(") == strings.Count(bare, ")")
}
