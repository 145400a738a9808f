package bench

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/tenfold-iac/tenfold/internal/sandboxrun"
	"github.com/tenfold-iac/tenfold/internal/toolchain"
)

// stack is the name of the stack every benchmark deploys.
const stack = "bench"

// checkout writes a folder with the repository's Pulumi.yaml and the settings
// of prod, each of its services copies times under names of their own.
func checkout(b *testing.B, copies int) string {
	b.Helper()
	repository, err := toolchain.Root()
	require.NoError(b, err)
	root := b.TempDir()
	require.NoError(b, os.Mkdir(filepath.Join(root, "stacks"), 0o755))
	project, err := os.ReadFile(filepath.Join(repository, "Pulumi.yaml"))
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(root, "Pulumi.yaml"), project, 0o644))

	content, err := os.ReadFile(filepath.Join(repository, "Pulumi.prod.yaml"))
	require.NoError(b, err)
	var settings map[string]map[string]any
	require.NoError(b, yaml.Unmarshal(content, &settings))
	// What is in the package of the functions costs a preview nothing.
	settings["config"]["tenfold:tenancy"] = map[string]any{
		"archive": filepath.Join(repository, "stacks", "environment", "testdata", "dbmigrate.zip"),
	}
	settings["config"]["tenfold:services"] = multiply(settings["config"]["tenfold:services"].(map[string]any), copies)
	content, err = yaml.Marshal(settings)
	require.NoError(b, err)
	require.NoError(b, os.WriteFile(filepath.Join(root, "Pulumi."+stack+".yaml"), content, 0o644))
	return root
}

// multiply repeats services; a copy answers on a host name of its own.
func multiply(services map[string]any, copies int) map[string]any {
	many := maps.Clone(services)
	for i := 2; i <= copies; i++ {
		for name, service := range services {
			repeated := maps.Clone(service.(map[string]any))
			if host, hasHost := repeated["host"].(string); hasHost {
				repeated["host"] = fmt.Sprintf("%s-%d", host, i)
			}
			many[fmt.Sprintf("%s-%d", name, i)] = repeated
		}
	}
	return many
}

// open starts a sandbox with nothing in it.
func open(b *testing.B, root string, program pulumi.RunFunc) *sandboxrun.Sandbox {
	b.Helper()
	s, err := sandboxrun.Open(b.Context(), sandboxrun.Options{
		Root: root, Stack: stack, Dir: b.TempDir(), Notes: io.Discard, Program: program,
	})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

// preview runs one preview of a program into an empty account. It returns how
// long it took and how many resources it planned.
func preview(b *testing.B, s *sandboxrun.Sandbox) (time.Duration, int) {
	b.Helper()
	planned := 0
	start := time.Now()
	err := s.Preview(b.Context(), sandboxrun.Run{Progress: io.Discard, Event: func(e apitype.EngineEvent) {
		if e.ResourcePreEvent != nil && e.ResourcePreEvent.Metadata.Op == apitype.OpCreate {
			planned++
		}
	}})
	took := time.Since(start)
	require.NoError(b, err)
	return took, planned
}

// declared is a resource as the engine was told of it.
type declared struct {
	typ, name string
	inputs    map[string]any
}

// deployed brings a program up in an empty account and returns the resources
// that a provider was asked for, in the order of their creation.
func deployed(b *testing.B, root string, program pulumi.RunFunc) []declared {
	b.Helper()
	var resources []declared
	_, err := open(b, root, program).Up(b.Context(), sandboxrun.Run{Progress: io.Discard, Event: func(e apitype.EngineEvent) {
		if e.ResOutputsEvent == nil || e.ResOutputsEvent.Metadata.New == nil {
			return
		}
		state := e.ResOutputsEvent.Metadata.New
		if state.Custom && !strings.HasPrefix(state.Type, "pulumi:") {
			name := state.URN[strings.LastIndex(state.URN, "::")+2:]
			resources = append(resources, declared{typ: state.Type, name: name, inputs: state.Inputs})
		}
	}})
	require.NoError(b, err)
	return resources
}

type plainResource struct{ pulumi.CustomResourceState }

// registerAll is a program that registers resources with known inputs and does
// nothing else: the least any program with these resources can cost.
func registerAll(resources []declared) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for i, r := range resources {
			inputs, _ := plain(r.inputs).(pulumi.Map)
			err := ctx.RegisterResource(r.typ, fmt.Sprintf("%s-%d", r.name, i), inputs, &plainResource{})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// plain turns recorded inputs into inputs. The engine's note of which values
// are defaults is not an input.
func plain(value any) pulumi.Input {
	switch v := value.(type) {
	case map[string]any:
		m := pulumi.Map{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if key != "__defaults" && v[key] != nil {
				m[key] = plain(v[key])
			}
		}
		return m
	case []any:
		list := pulumi.Array{}
		for _, item := range v {
			list = append(list, plain(item))
		}
		return list
	default:
		return pulumi.Any(v)
	}
}
