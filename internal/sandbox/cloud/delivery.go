package cloud

import (
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/tenfold-iac/tenfold/internal/sandbox/account"
)

const (
	distributionType        = "aws:cloudfront/distribution:Distribution"
	deliverySourceType      = "aws:cloudwatch/logDeliverySource:LogDeliverySource"
	deliveryDestinationType = "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination"
	deliveryType            = "aws:cloudwatch/logDelivery:LogDelivery"
)

// deliveryRules are those of the deliveries of CloudWatch Logs.
var deliveryRules = map[string]hooks{
	deliverySourceType:      {check: checkDeliverySource},
	deliveryDestinationType: {check: checkDeliveryDestination, complete: completeDeliveryDestination},
	deliveryType:            {check: checkDelivery, complete: completeDelivery},
}

// checkDeliverySource refuses a source outside the region its service delivers
// from. CloudFront's logs leave from us-east-1 alone.
func checkDeliverySource(op *operation) error {
	source := op.targets["resourceArn"]
	if source == nil || source.Type != distributionType {
		return nil
	}
	if op.Region != "us-east-1" {
		return refuse("ValidationException", "PutDeliverySource action is not supported for this LogType in region %s", op.Region)
	}
	if textAt(op.properties, "logType") != "ACCESS_LOGS" {
		return refuse("ValidationException", "This service is not allowed for this LogSource.")
	}
	return nil
}

// destinationKinds are the kinds of destinations by the service in the target's
// ARN.
var destinationKinds = map[string]string{"s3": "S3", "logs": "CWL", "firehose": "FH"}

// checkDeliveryDestination refuses to change a destination that has tags: the
// provider sends them along, and the service takes tags at creation alone. To
// create a destination of a name that exists is such a change too.
func checkDeliveryDestination(op *operation) error {
	target := textAt(op.properties, "deliveryDestinationConfiguration.destinationResourceArn")
	kind := destinationKinds[serviceOf(target)]
	if kind == "" {
		return refuse("ValidationException", "Delivery Destination Resource %s is not supported.", target)
	}
	if textAt(op.properties, "outputFormat") == "parquet" && kind != "S3" {
		return refuse("ValidationException", "Output format parquet is not supported for delivery destination type %s.", kind)
	}
	existing, exists := op.get(deliveryDestinationType, op.name())
	if op.kind == account.OnCreate && exists && existing.Text("outputFormat") != textAt(op.properties, "outputFormat") {
		return refuse("ValidationException", "Update to existing Delivery Destination with new Output Format is not allowed. Please create a new Delivery Destination instead.")
	}
	if exists && op.changed("deliveryDestinationConfiguration") && len(objectAt(op.properties, "tagsAll")) > 0 {
		return refuse("ConflictException", "Tags can only be provided when a resource is being created, not updated.")
	}
	return nil
}

func objectAt(properties resource.PropertyMap, path string) resource.PropertyMap {
	if value, ok := firstAt(properties, path); ok && value.IsObject() {
		return value.ObjectValue()
	}
	return nil
}

// serviceOf is the service in an ARN.
func serviceOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 4); len(parts) == 4 {
		return parts[2]
	}
	return ""
}

func completeDeliveryDestination(op *operation) error {
	op.set("deliveryDestinationType", destinationKinds[serviceOf(textAt(op.properties, "deliveryDestinationConfiguration.destinationResourceArn"))])
	return nil
}

// checkDelivery refuses a second delivery of a source to one kind of destination.
func checkDelivery(op *operation) error {
	source, destination := op.targets["deliverySourceName"], op.targets["deliveryDestinationArn"]
	if source == nil || destination == nil {
		return nil
	}
	for _, user := range op.tx.Users(source.Key) {
		if user.Type != deliveryType || op.old != nil && user.Key == op.old.Key {
			continue
		}
		other, ok := op.tx.ByARN(user.Text("deliveryDestinationArn"))
		if ok && other.Key != destination.Key && other.Text("deliveryDestinationType") == destination.Text("deliveryDestinationType") {
			return refuse("ConflictException", "Delivery already exists for this Delivery Source with the same Delivery Destination Type.")
		}
	}
	return nil
}

// distributionFields are the fields CloudFront delivers unless it is told which.
const distributionFields = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"

func completeDelivery(op *operation) error {
	source, destination := op.targets["deliverySourceName"], op.targets["deliveryDestinationArn"]
	if source == nil || destination == nil || op.kind != account.OnCreate {
		return nil
	}
	fields := []any{}
	if source.Text("service") == "cloudfront" {
		for _, field := range strings.Fields(distributionFields) {
			fields = append(fields, field)
		}
	}
	op.setIfAbsent("recordFields", fields)
	if destination.Text("deliveryDestinationType") == "S3" {
		op.setIfAbsent("s3DeliveryConfigurations", []any{map[string]any{"enableHiveCompatiblePath": false, "suffixPath": ""}})
	}
	return nil
}
