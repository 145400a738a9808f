package cloud

import (
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

// tableRules are those of DynamoDB.
var tableRules = map[string]hooks{
	"aws:dynamodb/table:Table": {check: checkTable, complete: completeTable},
}

// checkTable refuses a table without a key, and local indexes without a second
// one. That keys and attributes fit together the provider itself checks.
func checkTable(op *operation) error {
	restored := textAt(op.properties, "restoreSourceName") + textAt(op.properties, "restoreSourceTableArn")
	if textAt(op.properties, "hashKey") == "" && restored == "" {
		return refuse("ValidationException", "No Hash Key specified in schema. All Dynamo DB tables must have exactly one hash key")
	}
	if len(valuesAt(op.properties, "localSecondaryIndexes[]")) > 0 && textAt(op.properties, "rangeKey") == "" {
		return refuse("ValidationException", "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex")
	}
	return nil
}

// completeTable gives a table its capacity and its stream. A stream that is
// switched on again, or shows something else, is another stream.
func completeTable(op *operation) error {
	if textAt(op.properties, "billingMode") == "PAY_PER_REQUEST" {
		op.set("readCapacity", 0.0)
		op.set("writeCapacity", 0.0)
	}
	switch {
	case !flagAt(op.properties, "streamEnabled"):
		op.set("streamArn", "")
		op.set("streamLabel", "")
	case op.kind == account.OnCreate || op.changed("streamEnabled") || op.changed("streamViewType"):
		label := strings.TrimSuffix(op.tx.Now().UTC().Format("2006-01-02T15:04:05.000Z07:00"), "Z")
		op.set("streamLabel", label)
		op.set("streamArn", op.arn+"/stream/"+label)
	}
	return nil
}
