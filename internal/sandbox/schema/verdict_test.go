package schema

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// verdict is the provider's answer to every fixed value of one argument.
type verdict struct {
	upstream, path, kind, answers string
}

// verdicts reads testdata/verdicts.txt: the fixed values by kind, and the
// answers.
func verdicts(t *testing.T) (values map[string][]any, out []verdict) {
	t.Helper()
	file, err := os.Open("testdata/verdicts.txt")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	values = map[string][]any{}
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		word, rest, _ := strings.Cut(scanner.Text(), " ")
		switch word {
		case "string":
			text, err := strconv.Unquote(rest)
			require.NoError(t, err)
			values[word] = append(values[word], text)
		case "number":
			n, err := strconv.ParseFloat(rest, 64)
			require.NoError(t, err)
			values[word] = append(values[word], n)
		case "verdict":
			words := strings.Fields(rest)
			require.Len(t, words, 4, rest)
			out = append(out, verdict{words[0], words[1], words[2], words[3]})
		}
	}
	require.NoError(t, scanner.Err())
	return values, out
}

// elsewhere lists, by the beginning of "type argument", where Check does not
// follow the measured answers, with the reason.
var elsewhere = map[string]string{
	"aws_sqs_queue name":                                   "the provider checks the name when it plans, not when it validates",
	"aws_ecs_task_definition container_definitions":        "the provider lets a blank text pass and ends itself when it plans it",
	"aws_lambda_function filename":                         "the bridge wants an archive here",
	"aws_s3_object source":                                 "the bridge wants an asset here",
	"aws_dynamodb_table read_capacity":                     "the provider checks the capacity when it plans, not when it validates",
	"aws_dynamodb_table write_capacity":                    "the provider checks the capacity when it plans, not when it validates",
	"aws_appautoscaling_scheduled_action scalable_target":  "the SDK's type is a number, the provider's a text",
	"aws_elasticache_replication_group at_rest_encryption": "the SDK's type is a flag, the provider's a text",
	"aws_elasticache_replication_group auto_minor_version": "the SDK's type is a flag, the provider's a text",
	"aws_lb_target_group deregistration_delay":             "the SDK's type is a number, the provider's a text",
	"aws_acm_certificate early_renewal_duration":           "the provider refuses durations under 60 days",
	"aws_subnet enable_lni_at_device_index":                "zero is refused, every other number passes",
	"aws_s3_bucket lifecycle_rule":                         "deprecated block, not checked",
	"aws_s3_bucket object_lock_configuration":              "deprecated block, not checked",
	"aws_s3_bucket replication_configuration":              "deprecated block, not checked",
	"aws_s3_bucket server_side_encryption_configuration":   "deprecated block, not checked",
	"aws_rds_cluster restore_to_point_in_time":             "not checked",
	"aws_lb_listener default_action.forward.stickiness":    "not checked",
	// Errors inside nested sets carry a hash of the item, so that the probe
	// cannot tell them apart reliably. Check lets these values pass.
	"aws_pipes_pipe source_parameters.managed_streaming":            "nested sets",
	"aws_pipes_pipe source_parameters.self_managed":                 "nested sets",
	"aws_pipes_pipe target_parameters.batch_job":                    "nested sets",
	"aws_pipes_pipe target_parameters.ecs_task":                     "nested sets",
	"aws_pipes_pipe target_parameters.sagemaker":                    "nested sets",
	"aws_ecs_service service_connect_configuration.service":         "nested sets",
	"aws_ecs_service volume_configuration":                          "nested sets",
	"aws_cloudfront_distribution default_cache_behavior.forwarded":  "nested sets",
	"aws_s3_bucket_lifecycle_configuration rule.noncurrent_version": "nested sets",
	"aws_s3_bucket_lifecycle_configuration rule.transition":         "nested sets",
}

// apart tells whether an argument is listed there.
func apart(v verdict) bool {
	for prefix := range elsewhere {
		if strings.HasPrefix(v.upstream+" "+v.path, prefix) {
			return true
		}
	}
	return false
}

func TestCheckGivesTheAnswersTheProviderWasMeasuredToGive(t *testing.T) {
	byUpstream := map[string]*Resource{}
	for _, token := range Tokens() {
		r, _ := Lookup(token)
		byUpstream[r.Upstream] = r
	}
	values, measured := verdicts(t)
	asked, differ := 0, 0
	for _, v := range measured {
		r := byUpstream[v.upstream]
		if !assert.NotNil(t, r, v.upstream) || apart(v) {
			continue
		}
		wrong, example := 0, ""
		for i, value := range values[v.kind] {
			if v.answers[i] == '-' {
				continue
			}
			inputs, at, ok := placed(r.Properties, strings.Split(v.path, "."), value)
			if !ok {
				break // an argument the SDK does not carry
			}
			asked++
			if accepts(r, inputs, at) != (v.answers[i] == '1') {
				wrong++
				example = fmt.Sprintf("%.60q, where the provider says %c", fmt.Sprint(value), v.answers[i])
			}
		}
		if wrong > 0 {
			differ += wrong
			t.Errorf("%s %s: %d answers differ, such as that to %s", v.upstream, v.path, wrong, example)
		}
	}
	t.Logf("%d answers compared, %d differ", asked, differ)
	assert.Greater(t, asked, 80000)
}

// accepts tells whether Check has nothing against the value at a path.
func accepts(r *Resource, inputs resource.PropertyMap, at string) bool {
	for _, problem := range r.Check(inputs) {
		if strings.HasPrefix(problem.Reason, "cannot be set together") || strings.HasPrefix(problem.Reason, "needs ") {
			continue
		}
		if problem.Property == at || strings.HasPrefix(problem.Property, at+"[") {
			return false
		}
	}
	return true
}

// placed puts a value at an upstream path and returns its Pulumi path.
func placed(fields map[string]*Property, path []string, value any) (resource.PropertyMap, string, bool) {
	for name, p := range fields {
		if upstreamName(name, p) != path[0] || !p.Input() {
			continue
		}
		if len(path) == 1 {
			return resource.PropertyMap{resource.PropertyKey(name): nested(p, value)}, name, true
		}
		at, inner := name, p
		for inner.Element != nil {
			inner, at = inner.Element, at+"[0]"
		}
		below, rest, ok := placed(inner.Fields, path[1:], value)
		return resource.PropertyMap{resource.PropertyKey(name): wrapped(p, below)}, at + "." + rest, ok
	}
	return nil, "", false
}

func nested(p *Property, value any) resource.PropertyValue {
	if p.Element != nil && p.Kind != Map {
		return resource.NewProperty([]resource.PropertyValue{nested(p.Element, value)})
	}
	return resource.NewPropertyValue(value)
}
