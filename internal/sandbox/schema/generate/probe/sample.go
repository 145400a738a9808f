package probe

import (
	"encoding/json"
	"strings"

	"github.com/tenfold-iac/tenfold/internal/sandbox/schema/generate/tfschema"
)

// policyDocument is a resource policy every validator of documents accepts.
const policyDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`

// candidates are the strings tried for an argument until the provider accepts
// one. The order goes from the most to the least common kind of value, and
// from a value two probes can tell apart to one that stands alone.
var candidates = []string{
	"probe-a", "probea", "abc", "A",
	"arn:aws:iam::123456789012:role/probe-a", "arn:aws:s3:::probe-a", "arn:aws:sqs:us-east-1:123456789012:probe-a",
	policyDocument, `{"a":["b"]}`, "{}", `[{"name":"a","image":"b","essential":true}]`,
	"10.0.0.0/16", "10.0.0.1", "10.0.0.1/32", "2001:db8::/56", "2001:db8::1",
	"2031-01-02T03:04:05Z", "rate(1 day)", "rate(1 hour)", "cron(0 0 * * ? *)",
	"alias/probe-a", "/probe", "https://www.example.com/a", "www.example.com", "probe@example.com",
	"sun:04:00-sun:05:00", "03:00-04:00", "123456789012", "1", "0", "60", "512", "8.0", "true",
	"us-east-1", "us-east-1a", "cHJvYmU=", "probe-a.fifo", "vpc-12345678", "subnet-12345678",
	"arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012",
	"arn:aws:lambda:us-east-1:123456789012:function:probe-a",
	"12345678-1234-1234-1234-123456789012", "HTTP", "ALL", "ENABLED", "NONE",
	"application-autoscaling", "aws/probe/a", "public.ecr.aws", "probe-long-text-001", "PT5M",
	"aurora-postgresql", "db.t4g.medium", "forward", "fixed-response", "1.2.3.4", "200", "/",
}

// second returns a value of the same form as a sample, to change to.
func second(value string, enumeration []string) string {
	for _, v := range enumeration {
		if v != value {
			return v
		}
	}
	for _, swap := range [][2]string{
		{"probe-a", "probe-b"}, {"probea", "probeb"}, {"probe@", "other@"}, {"/a", "/b"}, {"10.0.0.0/16", "10.1.0.0/16"},
		{"10.0.0.1", "10.0.0.2"}, {"db8::/56", "db8:1::/56"}, {"db8::1", "db8::2"}, {"2031", "2032"}, {"1 day", "2 days"},
		{"1 hour", "2 hours"}, {"04:00-sun", "03:00-sun"}, {"03:00-", "02:00-"}, {"123456789012", "123456789013"}, {"GetObject", "PutObject"},
		{`"image":"b"`, `"image":"c"`}, {`["b"]`, `["c"]`}, {"12345678", "12345679"}, {"us-east-1a", "us-east-1b"}, {"us-east-1", "us-west-2"},
		{"abc", "abd"}, {"medium", "large"}, {"www.", "api."}, {"long-text-001", "long-text-002"}, {"PT5M", "PT6M"},
	} {
		if strings.Contains(value, swap[0]) {
			return strings.Replace(value, swap[0], swap[1], 1)
		}
	}
	switch value {
	case "{}":
		return `{"a":"b"}`
	case "cHJvYmU=":
		return "cHJvYmUy"
	}
	return value + "2"
}

// sampleOf returns a first value of a type; strings start at the first
// candidate and are improved by the base search.
func sampleOf(t tfschema.Type) any {
	switch t.Kind {
	case "string", "dynamic":
		return candidates[0]
	case "number":
		return 1.0
	case "bool":
		return true
	case "list", "set":
		return []any{sampleOf(*t.Element)}
	case "map":
		return map[string]any{"probe": sampleOf(*t.Element)}
	case "object":
		out := map[string]any{}
		for key, field := range t.Fields {
			out[key] = sampleOf(field)
		}
		return out
	}
	return nil
}

// minimal is the smallest content of a block: required arguments and blocks.
func minimal(b tfschema.Block) map[string]any {
	out := b.Empty()
	for name, a := range b.Attributes {
		if !a.Required {
			continue
		}
		if t, err := a.ParseType(); err == nil {
			out[name] = sampleOf(t)
		}
	}
	for name, nested := range b.Blocks {
		if nested.MinItems == 0 {
			continue
		}
		if nested.Mode == "single" {
			out[name] = minimal(nested.Block)
			continue
		}
		items := make([]any, 0, nested.MinItems)
		for range nested.MinItems {
			items = append(items, minimal(nested.Block))
		}
		out[name] = items
	}
	return out
}

// clone copies a configuration, so that a probe never changes another.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, item := range v {
			out[key] = clone(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = clone(item)
		}
		return out
	}
	return v
}

// compact drops the nulls and empty blocks of a configuration, for people.
func compact(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, item := range v {
			if c := compact(item); c != nil {
				out[key] = c
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		var out []any
		for _, item := range v {
			if c := compact(item); c != nil {
				out = append(out, c)
			}
		}
		if out == nil {
			return nil
		}
		return out
	}
	return v
}

// merge lays a hand-written configuration over a block's minimal content.
func merge(b tfschema.Block, base map[string]any, over map[string]json.RawMessage) error {
	for name, raw := range over {
		nested, isBlock := b.Blocks[name]
		if !isBlock {
			var v any
			if err := json.Unmarshal(raw, &v); err != nil {
				return err
			}
			base[name] = v
			continue
		}
		var items []map[string]json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
		out := make([]any, 0, len(items))
		for _, item := range items {
			content := minimal(nested.Block)
			if err := merge(nested.Block, content, item); err != nil {
				return err
			}
			out = append(out, content)
		}
		base[name] = out
	}
	return nil
}
