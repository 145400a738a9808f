package componenttest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
)

var actionInText = regexp.MustCompile(`\b[a-z0-9-]+:[A-Za-z][A-Za-z0-9]+\b`)

// AssertDocumented checks that the doc comment of a verb names exactly the IAM
// actions of the grant it returned. The verb is a method of the package under
// test, for example "Queue.Send". Pass a grant that has everything the verb can
// give.
func AssertDocumented(t testing.TB, verb string, grant access.Grant) {
	t.Helper()
	typeName, method, _ := strings.Cut(verb, ".")
	sources, err := filepath.Glob("*.go")
	require.NoError(t, err)
	var doc string
	for _, source := range sources {
		file, err := parser.ParseFile(token.NewFileSet(), source, nil, parser.ParseComments)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			f, ok := n.(*ast.FuncDecl)
			if ok && f.Name.Name == method && receiver(f) == typeName {
				doc = f.Doc.Text()
			}
			return true
		})
	}
	require.NotEmpty(t, doc, "there is no documented method %s here", verb)
	documented := actionInText.FindAllString(doc, -1)
	var given []string
	for _, s := range slices.Concat(grant.Allow, grant.Start) {
		given = append(given, s.Actions...)
	}
	assert.Equal(t, distinct(given), distinct(documented), "the comment of %s and its actions differ", verb)
}

func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return ""
	}
	expr := f.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if id, ok := expr.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func distinct(in []string) []string {
	sorted := slices.Clone(in)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}
