package cloud

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const invocationType = "aws:lambda/invocation:Invocation"

// placing is what Lambda asks of the function's role before it accepts a VPC.
const placing = "ec2:CreateNetworkInterface"

// checkPlacement refuses a function in a VPC whose role may not make the network
// interface. That the function needs the policy first is what programs forget.
func checkPlacement(op *operation) error {
	role := op.targets["role"]
	if role == nil || role.Type != roleType || len(textsAt(op.properties, "vpcConfig.subnetIds[]")) == 0 {
		return nil
	}
	for _, user := range op.tx.Users(role.Key) {
		switch user.Type {
		case "aws:iam/rolePolicy:RolePolicy":
			if allows(user.Text("policy"), placing) {
				return nil
			}
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			// What AWS's own policies allow is not in the account.
			if policy, here := op.tx.ByARN(user.Text("policyArn")); !here || allows(policy.Text("policy"), placing) {
				return nil
			}
		}
	}
	return refuse("InvalidParameterValueException", "The provided execution role does not have permissions to call CreateNetworkInterface on EC2")
}

// allows reports whether some statement of a policy allows an action.
func allows(policy, action string) bool {
	var document policyDocument
	if json.Unmarshal([]byte(policy), &document) != nil {
		return false
	}
	service, _, _ := strings.Cut(action, ":")
	return slices.ContainsFunc(document.Statement, func(s policyStatement) bool {
		return s.Effect == "Allow" && slices.ContainsFunc(s.Action, func(a string) bool {
			return a == action || a == "*" || a == service+":*"
		})
	})
}

// completeCode sets what Lambda says about the package: its size, and its hash in
// the form that the API has it.
func completeCode(op *operation) {
	code, given := op.properties["code"]
	if !given || !op.changed("code") && op.kind != account.OnCreate {
		op.setIfAbsent("codeSha256", op.random().Hex(64))
		return
	}
	size, sum := packageOf(code)
	op.set("codeSha256", base64.StdEncoding.EncodeToString(sum))
	op.set("sourceCodeSize", float64(size))
}

// packageOf reads a package that is a file. Of any other it knows the hash that
// Pulumi made of its contents.
func packageOf(code resource.PropertyValue) (size int, sum []byte) {
	path, hash := "", ""
	switch {
	case code.IsArchive():
		path, hash = code.ArchiveValue().Path, code.ArchiveValue().Hash
	case code.IsAsset():
		path, hash = code.AssetValue().Path, code.AssetValue().Hash
	}
	if content, err := os.ReadFile(path); err == nil {
		made := sha256.Sum256(content)
		return len(content), made[:]
	}
	if made, err := hex.DecodeString(hash); err == nil {
		return 0, made
	}
	return 0, nil
}

// completeInvocation answers for the function. No program runs here, so the
// answer says that and nothing else; it is never one that a function would give.
func completeInvocation(op *operation) error {
	if op.kind != account.OnCreate {
		return nil
	}
	answer, err := json.Marshal(map[string]any{
		"offline": true, "function": textAt(op.properties, "functionName"),
		"reason": "the offline cloud runs no function",
	})
	op.set("result", string(answer))
	return err
}
