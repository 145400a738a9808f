package tenantguard

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
)

//go:embed sql
var embedded embed.FS

// File is one file of the guard's SQL.
type File struct {
	// Name is the name within the directory sql, such as 21_context.sql.
	Name string
	// SQL is the content.
	SQL string
}

// sealedContext replaces the plain context where the entry is sealed.
const sealedContext = "sealed/context.sql"

// firstOfSchemas is the prefix of the first file that changes schemas. The files
// before it set up roles and the privileges of the database.
const firstOfSchemas = "12_"

// firstOfGuard is the prefix of the first file that runs as RoleGuard. The files
// before it create roles and schemas with the rights of the caller.
const firstOfGuard = "20_"

// Files returns the SQL in the order in which it is installed, without the
// sealed context, which SetEntry installs.
func Files() ([]File, error) {
	entries, err := fs.ReadDir(embedded, "sql") // sorted by name
	if err != nil {
		return nil, fmt.Errorf("read the guard's SQL: %w", err)
	}
	var files []File
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		f, err := readFile(e.Name())
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func readFile(name string) (File, error) {
	b, err := fs.ReadFile(embedded, "sql/"+name)
	if err != nil {
		return File{}, fmt.Errorf("read the guard's SQL: %w", err)
	}
	return File{Name: name, SQL: string(b)}, nil
}

// digest identifies a set of files: names, contents and order.
func digest(files []File) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s\x00%d\x00%s", f.Name, len(f.SQL), f.SQL)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// outsideSchemas says whether a file is about roles and the database only.
func (f File) outsideSchemas() bool { return f.Name < firstOfSchemas }

// asGuard says whether a file runs as RoleGuard.
func (f File) asGuard() bool { return f.Name >= firstOfGuard }
