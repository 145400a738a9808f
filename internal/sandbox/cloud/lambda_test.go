package cloud

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/archive"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// code writes a package and returns what a program passes for it. The engine has
// computed a hash of its contents by the time a provider sees it.
func code(t *testing.T, content string) (*archive.Archive, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "function.zip")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	sum := sha256.Sum256([]byte(content))
	return &archive.Archive{Path: path, Hash: "0" + content}, base64.StdEncoding.EncodeToString(sum[:])
}

func TestAFunctionShowsTheHashAndSizeOfItsPackage(t *testing.T) {
	w := newWorld(t)
	w.role("functions", "lambda.amazonaws.com")
	first, hash := code(t, "first")
	inputs := map[string]any{"role": "$(functions.arn)", "runtime": "provided.al2023", "handler": "bootstrap", "code": first}
	made := w.create(functionType, "function", inputs)
	assert.Equal(t, hash, made.text("codeSha256"))
	size, _ := numberAt(made.State, "sourceCodeSize")
	assert.Equal(t, 5.0, size)

	second, other := code(t, "second")
	inputs["code"] = second
	require.NoError(t, w.update("function", inputs))
	assert.Equal(t, other, textAt(w.read("function").State, "codeSha256"))
	inputs["timeout"] = 30
	require.NoError(t, w.update("function", inputs))
	assert.Equal(t, other, textAt(w.read("function").State, "codeSha256"))
}

func TestAFunctionEntersAVPCOnlyWithARoleThatMayMakeItsInterface(t *testing.T) {
	w := newWorld(t)
	w.network()
	w.role("functions", "lambda.amazonaws.com")
	w.create(securityGroupType, "group", map[string]any{"vpcId": "$(vpc)"})
	content, _ := code(t, "content")
	inputs := map[string]any{
		"role": "$(functions.arn)", "runtime": "provided.al2023", "handler": "bootstrap", "code": content,
		"vpcConfig": map[string]any{"subnetIds": []any{"$(a)"}, "securityGroupIds": []any{"$(group)"}},
	}
	const refused = "does not have permissions to call CreateNetworkInterface on EC2"
	w.refuses(refused, functionType, inputs)
	policy := func(action string) map[string]any {
		return map[string]any{"role": "$(functions)", "policy": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`}
	}
	w.create("aws:iam/rolePolicy:RolePolicy", "logs", policy("logs:PutLogEvents"))
	w.refuses(refused, functionType, inputs)
	w.create("aws:iam/rolePolicy:RolePolicy", "place", policy("ec2:CreateNetworkInterface"))
	w.create(functionType, "function", inputs)
}

func TestAnInvocationIsAnsweredWithThatNothingRan(t *testing.T) {
	w := newWorld(t)
	w.role("functions", "lambda.amazonaws.com")
	content, _ := code(t, "content")
	w.create(functionType, "function", map[string]any{"role": "$(functions.arn)", "runtime": "provided.al2023", "handler": "bootstrap", "code": content})
	made := w.create(invocationType, "once", map[string]any{"functionName": "$(function.name)", "input": "{}"})
	assert.JSONEq(t, `{"offline":true,"function":"`+w.made["function"].text("name")+`","reason":"the offline cloud runs no function"}`, made.text("result"))
	w.refuses("ResourceNotFoundException: Function not found: nowhere", invocationType, map[string]any{"functionName": "nowhere", "input": "{}"})
}
