package environment

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/tenfold-iac/tenfold/components/componenttest"
)

var (
	titlePattern   = regexp.MustCompile("`tenfold:([^`]+)`")
	rowPattern     = regexp.MustCompile("^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]*)\\| ([^|]*)\\|$")
	examplePattern = regexp.MustCompile("(?s)```yaml\n(.*?)```")
)

func configurationDoc(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "configuration.md"))
	require.NoError(t, err)
	return string(text)
}

// inWords is what the document calls the values of a type.
func inWords(t reflect.Type) string {
	if t == durationType {
		return "duration"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return inWords(t.Elem())
	case reflect.Bool:
		return "true/false"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list"
	case reflect.Map:
		return "mapping"
	default:
		return "text"
	}
}

func TestEveryKeyIsDocumentedWithItsTypeAndNoOther(t *testing.T) {
	documented := map[string]string{}
	var sections []string
	for _, line := range strings.Split(configurationDoc(t), "\n") {
		if strings.HasPrefix(line, "## ") || strings.HasPrefix(line, "### ") {
			sections = nil
			for _, m := range titlePattern.FindAllStringSubmatch(line, -1) {
				sections = append(sections, m[1]+".")
			}
			continue
		}
		m := rowPattern.FindStringSubmatch(line)
		if m == nil {
			assert.False(t, strings.HasPrefix(line, "| `"), "not a row of five cells: %s", line)
			continue
		}
		if key, top := strings.CutPrefix(m[1], "tenfold:"); top {
			documented[key] = m[2]
			continue
		}
		for _, section := range sections {
			_, twice := documented[section+m[1]]
			assert.False(t, twice, section+m[1])
			documented[section+m[1]] = m[2]
		}
	}
	known := map[string]string{}
	for _, l := range leaves() {
		known[l.path] = inWords(l.kind)
	}
	assert.Equal(t, known, documented)
}

// The examples of the document are files: each is put into the small one of
// production and read, and deployed too.
func TestEveryExampleOfTheDocumentIsRight(t *testing.T) {
	examples := examplePattern.FindAllStringSubmatch(configurationDoc(t), -1)
	require.Greater(t, len(examples), 12)
	for _, example := range examples {
		var file map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(example[1]), &file), example[1])
		values := small(t, "prod")
		set(t, values, "tenfold:jobs", `{}`)
		for key, value := range file {
			text, err := json.Marshal(value)
			require.NoError(t, err)
			object, nested := value.(map[string]any)
			if !nested {
				set(t, values, key, string(text))
			}
			for name, inner := range object {
				encoded, err := json.Marshal(inner)
				require.NoError(t, err)
				set(t, values, key+"."+name, string(encoded))
			}
		}
		_, err := load(t, "prod", values)
		if !assert.NoError(t, err, example[1]) {
			continue
		}
		if strings.Contains(example[1], "cdn:") || strings.Contains(example[1], "login:") {
			continue // they read a value, which the recorder does not have
		}
		_, err = componenttest.Record(Deploy, componenttest.WithStack("prod"), componenttest.WithConfig(values))
		assert.NoError(t, err, example[1])
	}
}
