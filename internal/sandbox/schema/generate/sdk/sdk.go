// Package sdk reads the inputs, outputs and nested types of resources and
// functions out of a Pulumi Go SDK's source. It only parses: nothing of the
// SDK is compiled.
package sdk

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Module is one package of the SDK.
type Module struct {
	dir     string
	types   map[string]Struct // plain types of pulumiTypes*.go
	files   map[string]*ast.File
	Package string
}

// Struct is the list of fields of a plain SDK struct.
type Struct []Field

// Field is one property as the SDK types it.
type Field struct {
	Name     string // Pulumi name
	Type     Type
	Optional bool // a pointer: may be left out
	Comment  string
}

// Type is the plain Go type of a property.
type Type struct {
	Kind    string // "string", "bool", "int", "number", "array", "map", "struct", "any" or "asset"
	Name    string // of a struct, "" when it is of another package
	Element *Type  // of array and map
}

// Resource is what the SDK says about a resource type.
type Resource struct {
	Args     Struct
	State    Struct
	Required map[string]bool // Go names of arguments the constructor insists on
	Secrets  map[string]bool // outputs always kept secret
	Defaults map[string]any  // by Go name: values the constructor fills in
	Certain  map[string]bool // outputs that are never absent, by Pulumi name
}

// Open reads a module folder of the SDK, such as ".../go/aws/sqs".
func Open(dir string) (*Module, error) {
	m := &Module{dir: dir, types: map[string]Struct{}, files: map[string]*ast.File{}, Package: filepath.Base(dir)}
	paths, err := filepath.Glob(filepath.Join(dir, "pulumiTypes*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		file, err := m.parse(filepath.Base(path))
		if err != nil {
			return nil, err
		}
		for name, s := range structs(file) {
			m.types[name] = s
		}
	}
	return m, nil
}

func (m *Module) parse(name string) (*ast.File, error) {
	if file, ok := m.files[name]; ok {
		return file, nil
	}
	path := filepath.Join(m.dir, name)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the SDK has no file %s: %w", path, err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("parse %s: %w", path, err)
	}
	m.files[name] = file
	return file, nil
}

// Type returns a nested plain type.
func (m *Module) Type(name string) (Struct, bool) {
	s, ok := m.types[name]
	return s, ok
}

// Resource reads a resource from its file; file is the name in the token
// ("queue" of "aws:sqs/queue:Queue") and name the type ("Queue").
func (m *Module) Resource(file, name string) (Resource, error) {
	parsed, err := m.parse(file + ".go")
	if err != nil {
		return Resource{}, err
	}
	all := structs(parsed)
	lower := strings.ToLower(name[:1]) + name[1:]
	out := Resource{Args: all[lower+"Args"], State: all[lower+"State"], Required: map[string]bool{}, Secrets: map[string]bool{}, Defaults: map[string]any{}, Certain: certain(parsed, name)}
	if out.State == nil {
		return Resource{}, fmt.Errorf("%s/%s.go holds no state of %s", m.dir, file, name)
	}
	if outputs, ok := outputNames(parsed, name); ok {
		kept := out.State[:0:0]
		for _, f := range out.State {
			if outputs[f.Name] {
				kept = append(kept, f)
			}
		}
		out.State = kept
	}
	for _, decl := range parsed.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "New"+name {
			out.readConstructor(f)
		}
	}
	return out, nil
}

// Function reads a function's arguments and results.
func (m *Module) Function(file string) (args, result Struct, err error) {
	parsed, err := m.parse(file + ".go")
	if err != nil {
		return nil, nil, err
	}
	for name, s := range structs(parsed) {
		switch {
		case strings.HasSuffix(name, "OutputArgs"):
		case strings.HasSuffix(name, "Args"):
			args = s
		case strings.HasSuffix(name, "Result"):
			result = s
		}
	}
	if result == nil {
		return nil, nil, fmt.Errorf("%s/%s.go holds no result", m.dir, file)
	}
	return args, result, nil
}

// readConstructor takes the required arguments, the defaults and the secret
// outputs from a constructor's body.
func (r *Resource) readConstructor(f *ast.FuncDecl) {
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IfStmt:
			name, isNil := nilCheck(n.Cond)
			if !isNil {
				return true
			}
			switch inner := n.Body.List[0].(type) {
			case *ast.ReturnStmt:
				r.Required[name] = true
			case *ast.AssignStmt:
				if v, ok := literal(inner.Rhs[0]); ok {
					r.Defaults[name] = v
				}
			}
		case *ast.CallExpr:
			selector, ok := n.Fun.(*ast.SelectorExpr)
			if !ok || selector.Sel.Name != "AdditionalSecretOutputs" {
				return true
			}
			if list, ok := n.Args[0].(*ast.CompositeLit); ok {
				for _, item := range list.Elts {
					if v, ok := literal(item); ok {
						r.Secrets[fmt.Sprint(v)] = true
					}
				}
			}
		}
		return true
	})
}

// nilCheck recognizes "args.Name == nil".
func nilCheck(cond ast.Expr) (string, bool) {
	binary, ok := cond.(*ast.BinaryExpr)
	if !ok || binary.Op != token.EQL {
		return "", false
	}
	selector, ok := binary.X.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	right, ok := binary.Y.(*ast.Ident)
	return selector.Sel.Name, ok && right.Name == "nil"
}

// literal evaluates a constant, also one wrapped in a call such as
// pulumi.StringPtr("x").
func literal(e ast.Expr) (any, bool) {
	switch e := e.(type) {
	case *ast.CallExpr:
		if len(e.Args) == 1 {
			return literal(e.Args[0])
		}
	case *ast.BasicLit:
		switch e.Kind {
		case token.STRING:
			s, err := strconv.Unquote(e.Value)
			return s, err == nil
		case token.INT, token.FLOAT:
			f, err := strconv.ParseFloat(e.Value, 64)
			return f, err == nil
		}
	case *ast.Ident:
		if e.Name == "true" || e.Name == "false" {
			return e.Name == "true", true
		}
	}
	return nil, false
}
