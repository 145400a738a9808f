package cloud

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func deliveryTo(arn string, changes map[string]any) map[string]any {
	inputs := map[string]any{"name": "files", "outputFormat": "json", "deliveryDestinationConfiguration": map[string]any{"destinationResourceArn": arn}}
	for key, value := range changes {
		inputs[key] = value
	}
	return inputs
}

func TestLogsOfADistributionAreDeliveredFromOneRegion(t *testing.T) {
	w := newWorld(t)
	w.create(distributionType, "site", distribution(nil))
	source := map[string]any{"name": "site", "resourceArn": "$(site.arn)", "logType": "ACCESS_LOGS"}
	w.refuses("ValidationException: PutDeliverySource action is not supported for this LogType in region eu-west-1", deliverySourceType, source)

	w.region = "us-east-1"
	w.refuses("ValidationException: This service is not allowed for this LogSource.", deliverySourceType, map[string]any{"name": "site", "resourceArn": "$(site.arn)", "logType": "ERROR_LOGS"})
	w.refuses("ResourceNotFoundException: Requested resource arn:aws:cloudfront::123456789012:distribution/EXAMPLE does not exist.", deliverySourceType,
		map[string]any{"name": "site", "resourceArn": "arn:aws:cloudfront::123456789012:distribution/EXAMPLE", "logType": "ACCESS_LOGS"})
	w.create(deliverySourceType, "source", source)
	assert.Equal(t, "cloudfront", w.made["source"].text("service"))
	w.create(bucketType, "bucket", map[string]any{"bucket": "logs-example"})
	w.create(deliveryDestinationType, "files", deliveryTo("$(bucket.arn)", nil))
	assert.Equal(t, "S3", w.made["files"].text("deliveryDestinationType"))
	w.create(deliveryType, "delivery", map[string]any{"deliverySourceName": "$(source.name)", "deliveryDestinationArn": "$(files.arn)"})
	assert.Contains(t, textsAt(w.made["delivery"].State, "recordFields[]"), "cs-uri-stem")
	assert.Regexp(t, `^arn:aws:logs:us-east-1:123456789012:delivery:[0-9A-Za-z]{16}$`, w.made["delivery"].text("arn"))
}

func TestDeliveryRefusals(t *testing.T) {
	w := newWorld(t)
	w.create("aws:cloudwatch/eventBus:EventBus", "bus", map[string]any{"name": "app"})
	w.create("aws:cloudwatch/eventBus:EventBus", "other-bus", map[string]any{"name": "other"})
	w.create(bucketType, "bucket", map[string]any{"bucket": "logs-example"})
	w.create(bucketType, "archive", map[string]any{"bucket": "archive-example"})
	w.create(logGroupType, "group", map[string]any{"name": "/app"})
	w.create(deliverySourceType, "source", map[string]any{"name": "bus", "resourceArn": "$(bus.arn)", "logType": "ERROR_LOGS"})
	w.refuses("ConflictException: Update to existing Delivery Source with new ResourceId is not allowed. Please create a new Delivery Source instead.", deliverySourceType,
		map[string]any{"name": "bus", "resourceArn": "$(other-bus.arn)", "logType": "ERROR_LOGS"})
	w.refuses("ConflictException: This ResourceId has already been used in another Delivery Source in this account.", deliverySourceType,
		map[string]any{"name": "second", "resourceArn": "$(bus.arn)", "logType": "ERROR_LOGS"})

	w.create(deliveryDestinationType, "files", deliveryTo("$(bucket.arn)", map[string]any{"tags": map[string]any{"team": "core"}}))
	w.create(deliveryDestinationType, "archived", deliveryTo("$(archive.arn)", map[string]any{"name": "archived"}))
	w.create(deliveryDestinationType, "lines", deliveryTo("$(group.arn)", map[string]any{"name": "lines"}))
	assert.Equal(t, "CWL", w.made["lines"].text("deliveryDestinationType"))
	w.refuses("ConflictException: Delivery Destination files already exists.", deliveryDestinationType, deliveryTo("$(archive.arn)", nil))
	w.refuses("ValidationException: Update to existing Delivery Destination with new Output Format is not allowed. Please create a new Delivery Destination instead.", deliveryDestinationType, deliveryTo("$(bucket.arn)", map[string]any{"outputFormat": "plain"}))
	w.refuses("ConflictException: Tags can only be provided when a resource is being created, not updated.", deliveryDestinationType, deliveryTo("$(archive.arn)", map[string]any{"tags": map[string]any{"team": "core"}}))
	w.refuses("ResourceNotFoundException: Requested Delivery Destination Resource arn:aws:s3:::missing-example does not exist.", deliveryDestinationType, deliveryTo("arn:aws:s3:::missing-example", map[string]any{"name": "missing"}))
	w.refuses("ValidationException: Output format parquet is not supported for delivery destination type CWL.", deliveryDestinationType, deliveryTo("$(group.arn)", map[string]any{"name": "columns", "outputFormat": "parquet"}))

	w.refuses("ResourceNotFoundException: Requested Delivery Source does not exist in this account.", deliveryType, map[string]any{"deliverySourceName": "missing", "deliveryDestinationArn": "$(files.arn)"})
	w.refuses("ResourceNotFoundException: Requested Delivery Destination does not exist in this account.", deliveryType,
		map[string]any{"deliverySourceName": "bus", "deliveryDestinationArn": "arn:aws:logs:eu-west-1:123456789012:delivery-destination:missing"})
	w.create(deliveryType, "delivery", map[string]any{"deliverySourceName": "bus", "deliveryDestinationArn": "$(files.arn)"})
	w.refuses("ConflictException: The specified Delivery already exists", deliveryType, map[string]any{"deliverySourceName": "bus", "deliveryDestinationArn": "$(files.arn)"})
	w.refuses("ConflictException: Delivery already exists for this Delivery Source with the same Delivery Destination Type.", deliveryType, map[string]any{"deliverySourceName": "bus", "deliveryDestinationArn": "$(archived.arn)"})
	w.create(deliveryType, "also", map[string]any{"deliverySourceName": "bus", "deliveryDestinationArn": "$(lines.arn)"})
	w.keeps("ConflictException: Delivery Source bus is in use by a Delivery and cannot be deleted.", "source")
	w.keeps("ConflictException: Delivery Destination files is in use by a Delivery and cannot be deleted.", "files")

	err := w.update("files", deliveryTo("$(archive.arn)", map[string]any{"tags": map[string]any{"team": "core"}}))
	require.ErrorContains(t, err, "ConflictException: Tags can only be provided when a resource is being created, not updated.")
	require.NoError(t, w.update("archived", deliveryTo("$(bucket.arn)", map[string]any{"name": "archived"})), "without tags the target may change")
	for _, name := range []string{"also", "delivery", "files", "source"} {
		require.NoError(t, w.remove(name), name)
	}
}
