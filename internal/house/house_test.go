// Package house holds the rules of the repository as tests: who may import
// whom, and what every component looks like.
package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const module = "github.com/tenfold-iac/tenfold/"

// file is one parsed Go file of the repository.
type file struct {
	path    string // relative to the root, with slashes
	folder  string
	syntax  *ast.File
	imports []string
}

func (f file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

func files(t *testing.T) []file {
	t.Helper()
	root := filepath.Join("..", "..")
	var parsed []file
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"bin", "node_modules", "testdata"}, d.Name())) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") {
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(relative), syntax: syntax}
		f.folder = filepath.ToSlash(filepath.Dir(relative))
		for _, i := range syntax.Imports {
			f.imports = append(f.imports, strings.Trim(i.Path.Value, `"`))
		}
		parsed = append(parsed, f)
		return nil
	})
	require.NoError(t, err)
	require.NotEmpty(t, parsed)
	return parsed
}

// lines say which imports a part of the tree must not have, and why. The one
// package that a line excepts is no part of what it keeps out.
var lines = []struct{ under, refuses, why, except string }{
	{"", "github.com/pulumi/pulumi-datadog", "its SDK takes 9 GB and minutes to compile; register the resource by token", ""},
	{"", "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/wafv2", "it takes gigabytes to compile; register the resource by token", ""},
	{"components/", module + "stacks", "dependencies point from stacks to components", ""},
	{"components/", module + "cmd", "dependencies point from cmd to components", ""},
	{"components/", module + "internal/", "components stand by themselves", ""},
	{"components/", "github.com/pulumi/pulumi/sdk/v3/go/pulumi/config", "only stacks reads configuration", ""},
	{"policies/", module + "components", "policies judge any stack, not ours alone", ""},
	{"policies/", "github.com/pulumi/pulumi-aws", "the pack starts in milliseconds because it links no SDK", ""},
	{"internal/sandbox", module + "components", "the offline cloud knows the provider, not our components", ""},
	{"internal/sandbox", "github.com/pulumi/pulumi-aws", "the offline cloud speaks the wire protocol only", ""},
	{"internal/", module + "cmd", "dependencies point from cmd to internal", ""},
	{"stacks/", module + "internal/", "a stack runs without the offline cloud", module + "internal/awsclient"},
	{"stacks/", module + "cmd", "dependencies point from cmd to stacks", ""},
}

func TestImportsPointOneWay(t *testing.T) {
	for _, f := range files(t) {
		for _, line := range lines {
			if !strings.HasPrefix(f.path, line.under) || f.test() && line.under != "" {
				continue
			}
			for _, imported := range f.imports {
				if imported == line.except {
					continue
				}
				assert.Falsef(t, imported == line.refuses || strings.HasPrefix(imported, strings.TrimSuffix(line.refuses, "/")+"/"),
					"%s imports %s: %s", f.path, imported, line.why)
			}
		}
	}
}

func TestOnlyComponentsInternalIsUsedByComponents(t *testing.T) {
	for _, f := range files(t) {
		if strings.HasPrefix(f.path, "components/") {
			continue
		}
		for _, imported := range f.imports {
			assert.NotContains(t, imported, module+"components/internal", f.path)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range files(t) {
		documented[f.folder] = documented[f.folder] || f.syntax.Doc != nil
	}
	for folder, has := range documented {
		assert.Truef(t, has, "package in %s has no package comment", folder)
	}
}

func TestNoFileIsTooLongToReadAtOnce(t *testing.T) {
	for _, f := range files(t) {
		text, err := os.ReadFile(filepath.Join("..", "..", f.path))
		require.NoError(t, err)
		assert.LessOrEqualf(t, strings.Count(string(text), "\n"), 400, "%s is longer than 400 lines; split it by concern", f.path)
	}
}

// components are the packages below components that have a New.
func components(t *testing.T) map[string][]file {
	t.Helper()
	found := map[string][]file{}
	for _, f := range files(t) {
		if strings.HasPrefix(f.path, "components/") && !strings.HasPrefix(f.path, "components/internal/") {
			found[f.folder] = append(found[f.folder], f)
		}
	}
	for folder, fs := range found {
		if !slices.ContainsFunc(fs, func(f file) bool { return !f.test() && function(f, "New") != nil && declares(f, "Args") }) {
			delete(found, folder)
		}
	}
	require.NotEmpty(t, found)
	return found
}

func function(f file, name string) *ast.FuncDecl {
	for _, d := range f.syntax.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
			return fn
		}
	}
	return nil
}

func structType(f file, name string) *ast.StructType {
	for _, d := range f.syntax.Decls {
		general, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range general.Specs {
			if spec, ok := s.(*ast.TypeSpec); ok && spec.Name.Name == name {
				if st, ok := spec.Type.(*ast.StructType); ok {
					return st
				}
			}
		}
	}
	return nil
}

func declares(f file, name string) bool { return structType(f, name) != nil }

func TestEveryConstructorHasTheSameShape(t *testing.T) {
	for folder, fs := range components(t) {
		for _, f := range fs {
			fn := function(f, "New")
			if fn == nil || f.test() {
				continue
			}
			p := fn.Type.Params.List
			ok := len(p) == 4 && ident(p[1].Type) == "string" && ident(p[2].Type) == "Args"
			if ok {
				_, variadic := p[3].Type.(*ast.Ellipsis)
				ok = variadic
			}
			assert.Truef(t, ok, "%s.New must be New(ctx, name string, args Args, opts ...pulumi.ResourceOption)", folder)
		}
	}
}

func ident(e ast.Expr) string {
	if i, ok := e.(*ast.Ident); ok {
		return i.Name
	}
	return ""
}

func TestEveryArgumentSaysWhetherItIsRequiredOrWhatItsDefaultDoes(t *testing.T) {
	for folder, fs := range components(t) {
		for _, f := range fs {
			args := structType(f, "Args")
			if args == nil {
				continue
			}
			for _, field := range args.Fields.List {
				doc := field.Doc.Text() + field.Comment.Text()
				if len(field.Names) == 0 || !field.Names[0].IsExported() {
					continue
				}
				assert.Truef(t, strings.Contains(doc, "Default:") || strings.Contains(doc, "Required"),
					"%s.Args.%s must say \"Required\" or end with \"Default: ...\"", folder, field.Names[0].Name)
			}
		}
	}
}

func TestEveryComponentHasAnExampleAndAnOwnTest(t *testing.T) {
	for folder, fs := range components(t) {
		assert.Truef(t, slices.ContainsFunc(fs, func(f file) bool { return strings.HasSuffix(f.path, "example_test.go") }), "%s has no example_test.go", folder)
		assert.Truef(t, slices.ContainsFunc(fs, func(f file) bool { return f.test() && !strings.HasSuffix(f.path, "example_test.go") }), "%s has no test", folder)
	}
}

func TestComponentsAssertNoOutputTypes(t *testing.T) {
	for _, f := range files(t) {
		if !strings.HasPrefix(f.path, "components/") || f.folder == "components/internal/output" || f.test() {
			continue
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			assertion, ok := n.(*ast.TypeAssertExpr)
			if !ok {
				return true
			}
			if selector, ok := assertion.Type.(*ast.SelectorExpr); ok && ident(selector.X) == "pulumi" {
				assert.Falsef(t, strings.HasSuffix(selector.Sel.Name, "Output"), "%s asserts pulumi.%s; use components/internal/output", f.path, selector.Sel.Name)
			}
			return true
		})
	}
}
