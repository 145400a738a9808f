package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tableType = "aws:dynamodb/table:Table"

// table is a small table billed by the request, with changes.
func table(changes map[string]any) map[string]any {
	inputs := map[string]any{"name": "locks", "billingMode": "PAY_PER_REQUEST", "hashKey": "id", "attributes": []any{map[string]any{"name": "id", "type": "S"}}}
	for key, value := range changes {
		inputs[key] = value
		if value == nil {
			delete(inputs, key)
		}
	}
	return inputs
}

func TestTableRefusals(t *testing.T) {
	w := newWorld(t)
	w.refuses("ValidationException: No Hash Key specified in schema.", tableType, table(map[string]any{"hashKey": nil, "attributes": nil}))
	w.refuses("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex", tableType,
		table(map[string]any{"localSecondaryIndexes": []any{map[string]any{"name": "byId", "rangeKey": "id", "projectionType": "ALL"}}}))
	w.refuses("ValidationException: KMS validation error", tableType,
		table(map[string]any{"serverSideEncryption": map[string]any{"enabled": true, "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/missing"}}))
	w.create(tableType, "locks", table(map[string]any{"deletionProtectionEnabled": true}))
	w.refuses("ResourceInUseException: Table already exists: locks", tableType, table(nil))
	w.keeps("ValidationException: Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.", "locks")
	require.NoError(t, w.update("locks", table(map[string]any{"deletionProtectionEnabled": false})))
	require.NoError(t, w.remove("locks"))
}

func TestATablesStreamHasItsOwnNameEachTimeItIsSwitchedOn(t *testing.T) {
	w := newWorld(t)
	stream := map[string]any{"streamEnabled": true, "streamViewType": "NEW_IMAGE"}
	made := w.create(tableType, "locks", table(stream))
	assert.Equal(t, "arn:aws:dynamodb:eu-west-1:123456789012:table/locks", made.text("arn"))
	assert.Equal(t, "2026-01-02T12:00:00.000", made.text("streamLabel"))
	assert.Equal(t, made.text("arn")+"/stream/2026-01-02T12:00:00.000", made.text("streamArn"))
	capacity, _ := numberAt(made.State, "readCapacity")
	assert.Zero(t, capacity)

	require.NoError(t, w.update("locks", table(nil)))
	assert.Empty(t, w.made["locks"].text("streamArn"))
	require.NoError(t, w.account.Advance(1e9))
	require.NoError(t, w.update("locks", table(stream)))
	assert.Equal(t, "2026-01-02T12:00:01.000", w.made["locks"].text("streamLabel"))
}
