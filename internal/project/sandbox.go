package project

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// Placeholder stands for every encrypted configuration value in a sandbox: the
// keys that decrypt them belong to the real environment.
const Placeholder = "sandbox"

// credentials are the keys that say whose credentials the AWS provider takes, and
// where it takes them to.
var credentials = []string{
	"aws:accessKey", "aws:secretKey", "aws:token", "aws:profile", "aws:sharedConfigFiles", "aws:sharedCredentialsFiles",
	"aws:assumeRole", "aws:assumeRoleWithWebIdentity", "aws:endpoints",
}

// WriteSandbox writes a copy of Pulumi.yaml and of the stack's settings into a
// folder, for runs against the offline cloud. The copies differ from the
// originals in what ties a stack to its real environment only: the backend, the
// secrets provider, encrypted values, and whose credentials the AWS provider
// takes. The salt a former run added to the
// copy is kept, because the stack's state was encrypted with it.
func (s *Stack) WriteSandbox(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("prepare the sandbox of %s: %w", s.Name, err)
	}
	project := clone(s.project.document)
	for _, key := range []string{"backend", "stackConfigDir"} {
		remove(project, key)
	}
	set(project, "main", s.project.MainDir())
	if err := writeYAML(filepath.Join(dir, "Pulumi.yaml"), project); err != nil {
		return err
	}

	path := SandboxSettings(dir, s.Name)
	salt, err := formerSalt(path)
	if err != nil {
		return err
	}
	settings := clone(s.document)
	for _, key := range []string{"secretsprovider", "encryptedkey", "encryptionsalt", "environment"} {
		remove(settings, key)
	}
	if salt != "" {
		set(settings, "encryptionsalt", salt)
	}
	if config := lookup(settings, "config"); config != nil {
		replaceEncrypted(config)
		for _, key := range credentials {
			remove(config, key)
		}
	}
	return writeYAML(path, settings)
}

// SandboxSettings is the path of the copy of a stack's settings.
func SandboxSettings(dir, stack string) string {
	return filepath.Join(dir, "Pulumi."+stack+".yaml")
}

func formerSalt(path string) (string, error) {
	former, err := readMapping(path)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return scalar(former, "encryptionsalt"), nil
}

// replaceEncrypted puts the placeholder in place of each encrypted value and
// reports whether there was one. Pulumi writes an encrypted value as a mapping
// whose only key is "secure".
func replaceEncrypted(n *yaml.Node) bool {
	if n == nil {
		return false
	}
	if n.Kind == yaml.MappingNode && len(n.Content) == 2 && n.Content[0].Value == "secure" {
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: Placeholder}
		return true
	}
	found := false
	for _, child := range n.Content {
		found = replaceEncrypted(child) || found
	}
	return found
}

// writeYAML replaces a file by one rename, so that a reader never sees half.
func writeYAML(path string, node *yaml.Node) error {
	content, err := yaml.Marshal(node)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if err = errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Rename(temp.Name(), path)
}
