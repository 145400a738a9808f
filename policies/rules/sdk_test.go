package rules_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sdk reads argument names off the AWS SDK's source. Compiling the SDK for its reflection would take minutes.
type sdk struct {
	root    string
	structs map[string]map[string]map[string]string
}

// structsOf returns, for each struct of an SDK package, the Go type of each property.
func (s *sdk) structsOf(t *testing.T, pkg string) map[string]map[string]string {
	t.Helper()
	if found, ok := s.structs[pkg]; ok {
		return found
	}
	files, err := filepath.Glob(filepath.Join(s.root, "go", "aws", pkg, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files, "the SDK has no package %s", pkg)
	found := map[string]map[string]string{}
	for _, file := range files {
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range syntax.Decls {
			general, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range general.Specs {
				if named, ok := spec.(*ast.TypeSpec); ok {
					if body, ok := named.Type.(*ast.StructType); ok {
						found[named.Name.Name] = tags(body)
					}
				}
			}
		}
	}
	s.structs[pkg] = found
	return found
}

func tags(body *ast.StructType) map[string]string {
	fields := map[string]string{}
	for _, field := range body.Fields.List {
		if field.Tag == nil {
			continue
		}
		name := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("pulumi")
		inner := field.Type
		for {
			if star, ok := inner.(*ast.StarExpr); ok {
				inner = star.X
			} else if list, ok := inner.(*ast.ArrayType); ok {
				inner = list.Elt
			} else {
				break
			}
		}
		if ident, ok := inner.(*ast.Ident); ok {
			fields[name] = ident.Name
		} else {
			fields[name] = ""
		}
	}
	return fields
}

func TestEveryPropertyOfAFixtureIsAnArgumentOfTheProvider(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}",
		"github.com/pulumi/pulumi-aws/sdk/v6").Output()
	require.NoError(t, err)
	root := strings.TrimSpace(string(out))
	require.NotEmpty(t, root, "the AWS SDK is not in the module cache; run go mod download")
	source := &sdk{root: root, structs: map[string]map[string]map[string]string{}}

	checked := 0
	for id, f := range fixtures(t) {
		stack := append([]item(nil), f.Good...)
		for _, changes := range [][]change{f.Fail, f.Unknown, f.Pass, f.NA} {
			for _, c := range changes {
				for i, it := range f.Good {
					stack = append(stack, item{Type: it.Type, Props: tree{f.tree(t, c, it.name(i))}})
				}
			}
		}
		for _, it := range stack {
			pkg, file, ok := strings.Cut(strings.TrimPrefix(it.Type, "aws:"), "/")
			file, _, _ = strings.Cut(file, ":")
			if !ok || !strings.HasPrefix(it.Type, "aws:") {
				continue
			}
			structs := source.structsOf(t, pkg)
			args := structs[file+"Args"]
			if !assert.NotNil(t, args, "%s: the SDK has no %s", id, it.Type) {
				continue
			}
			checked += walk(t, id+" "+it.Type, structs, args, it.Props.value)
			for property := range it.Deps {
				assert.Contains(t, args, property, "%s: dependency of %s", id, it.Type)
			}
		}
	}
	assert.Greater(t, checked, 500)
}

// walk compares a property tree with an argument struct, as deep as the SDK's own structs go.
func walk(t *testing.T, where string, structs map[string]map[string]string, args map[string]string, v any) int {
	t.Helper()
	checked := 0
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			checked += walk(t, where, structs, args, item)
		}
	case map[string]any:
		for name, inner := range v {
			kind, ok := args[name]
			if !assert.True(t, ok, "%s has no argument %s", where, name) {
				continue
			}
			checked++
			if nested, ok := structs[kind]; ok && len(nested) > 0 {
				checked += walk(t, where+" "+name, structs, nested, inner)
			}
		}
	}
	return checked
}
