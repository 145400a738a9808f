package lambdabuild

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"slices"
	"time"
)

// packTime is the date of every file in a package: the earliest one the format
// knows, because the real ones would change its bytes.
var packTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// pack makes a zip file that depends on names and contents only.
func pack(content map[string][]byte) ([]byte, error) {
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(content)) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: packTime}
		header.SetMode(0o644)
		if name == program {
			header.SetMode(0o755)
		}
		file, err := archive.CreateHeader(header)
		if err == nil {
			_, err = file.Write(content[name])
		}
		if err != nil {
			return nil, fmt.Errorf("pack %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("pack the lambda package: %w", err)
	}
	return out.Bytes(), nil
}
