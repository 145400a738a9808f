package sdk

import (
	"go/ast"
	"reflect"
	"strconv"
	"strings"
)

// structs reads every struct of a file whose fields carry a pulumi tag.
func structs(file *ast.File) map[string]Struct {
	out := map[string]Struct{}
	for _, decl := range file.Decls {
		general, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			named, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			if s, ok := named.Type.(*ast.StructType); ok {
				if fields := fieldsOf(s); fields != nil || len(s.Fields.List) == 0 {
					out[named.Name.Name] = fields
				}
			}
		}
	}
	return out
}

func fieldsOf(s *ast.StructType) Struct {
	var out Struct
	for _, f := range s.Fields.List {
		if f.Tag == nil {
			continue
		}
		tag, err := strconv.Unquote(f.Tag.Value)
		if err != nil {
			continue
		}
		name, _, _ := strings.Cut(reflect.StructTag(tag).Get("pulumi"), ",")
		if name == "" {
			continue
		}
		t, optional := typeOf(f.Type)
		out = append(out, Field{Name: name, Type: t, Optional: optional, Comment: strings.TrimSpace(f.Doc.Text())})
	}
	return out
}

// typeOf renders a plain Go type.
func typeOf(e ast.Expr) (t Type, optional bool) {
	switch e := e.(type) {
	case *ast.StarExpr:
		t, _ = typeOf(e.X)
		return t, true
	case *ast.ArrayType:
		element, _ := typeOf(e.Elt)
		return Type{Kind: "array", Element: &element}, true
	case *ast.MapType:
		element, _ := typeOf(e.Value)
		return Type{Kind: "map", Element: &element}, true
	case *ast.Ident:
		switch e.Name {
		case "string", "bool", "int":
			return Type{Kind: e.Name}, false
		case "float64":
			return Type{Kind: "number"}, false
		}
		return Type{Kind: "struct", Name: e.Name}, false
	case *ast.SelectorExpr:
		if e.Sel.Name == "Archive" || e.Sel.Name == "Asset" || e.Sel.Name == "AssetOrArchive" {
			return Type{Kind: "asset"}, true
		}
	}
	return Type{Kind: "any"}, true
}

// outputNames returns the Pulumi names of a resource's outputs.
func outputNames(file *ast.File, name string) (map[string]bool, bool) {
	s, ok := structs(file)[name]
	out := map[string]bool{}
	for _, f := range s {
		out[f.Name] = true
	}
	return out, ok
}

// certain returns the scalar outputs whose type is no pointer: an optional
// argument among them has a value the cloud decides.
func certain(file *ast.File, name string) map[string]bool {
	out := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || spec.Name.Name != name {
			return true
		}
		s, ok := spec.Type.(*ast.StructType)
		if !ok {
			return false
		}
		for _, f := range s.Fields.List {
			selector, ok := f.Type.(*ast.SelectorExpr)
			if !ok || f.Tag == nil || strings.HasSuffix(selector.Sel.Name, "PtrOutput") || strings.HasSuffix(selector.Sel.Name, "ArrayOutput") || strings.HasSuffix(selector.Sel.Name, "MapOutput") {
				continue
			}
			tag, err := strconv.Unquote(f.Tag.Value)
			if err == nil {
				key, _, _ := strings.Cut(reflect.StructTag(tag).Get("pulumi"), ",")
				out[key] = true
			}
		}
		return false
	})
	return out
}
