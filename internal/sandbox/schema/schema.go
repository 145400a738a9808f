package schema

import "encoding/json"

// Kind is the type of a property's value.
type Kind string

// The kinds of values. An "asset" is a Pulumi asset or archive; "any" is a
// value the provider does not constrain.
const (
	String Kind = "string"
	Bool   Kind = "bool"
	Int    Kind = "int"
	Number Kind = "number"
	List   Kind = "list"
	Set    Kind = "set"
	Map    Kind = "map"
	Object Kind = "object"
	Asset  Kind = "asset"
	Any    Kind = "any"
)

// Resource is what the provider knows about one resource type before it calls
// the cloud.
type Resource struct {
	// Token is the Pulumi type, such as "aws:sqs/queue:Queue".
	Token string `json:"-"`
	// Upstream is the Terraform type, such as "aws_sqs_queue"; "" for none.
	Upstream string `json:"upstream,omitempty"`
	// Framework marks a type written on the newer plugin framework: its
	// defaults do not appear among the inputs, and null differs from zero.
	Framework bool `json:"framework,omitempty"`
	// Properties holds every input and output by Pulumi name.
	Properties map[string]*Property `json:"properties"`
	// AutoName tells how the provider names the resource when the program
	// does not; nil when it never does.
	AutoName *AutoName `json:"autoName,omitempty"`
	// Rules are the conditions between properties.
	Rules []Rule `json:"rules,omitempty"`
	// DeleteFirst marks a type the provider always deletes before it creates
	// the replacement.
	DeleteFirst bool `json:"deleteFirst,omitempty"`
	// AtCreate are the conditions only the cloud checks, at creation.
	AtCreate []Limit `json:"atCreate,omitempty"`

	names []string // sorted property names
}

// Property is one input or output, at any depth.
type Property struct {
	Kind Kind `json:"kind"`
	// Element is the element of a list, set or map.
	Element *Property `json:"element,omitempty"`
	// Type names the object type in the module's file that Fields comes from.
	Type string `json:"type,omitempty"`
	// Fields are the properties of an object by Pulumi name.
	Fields map[string]*Property `json:"fields,omitempty"`
	// Upstream is the Terraform name where it is not the snake case of the
	// Pulumi name.
	Upstream string `json:"upstream,omitempty"`

	// Required and Optional mark inputs. A property with neither is an output.
	Required bool `json:"required,omitempty"`
	Optional bool `json:"optional,omitempty"`
	// Computed marks what the cloud decides when the program does not.
	Computed bool `json:"computed,omitempty"`
	// Secret marks what is kept encrypted in the state.
	Secret bool `json:"secret,omitempty"`
	// Deprecated marks inputs that get no default.
	Deprecated bool `json:"deprecated,omitempty"`
	// Replace, ReplaceAdded and ReplaceRemoved tell whether a changed, a
	// first and a removed value replaces the resource.
	Replace        bool `json:"replace,omitempty"`
	ReplaceAdded   bool `json:"replaceAdded,omitempty"`
	ReplaceRemoved bool `json:"replaceRemoved,omitempty"`
	// IgnoreAdded and IgnoreRemoval tell that such a step is no change for the
	// provider.
	IgnoreAdded   bool `json:"ignoreAdded,omitempty"`
	IgnoreRemoval bool `json:"ignoreRemoval,omitempty"`
	// Equivalent lists the rewritings that are no change: "case", "dot" (a
	// trailing dot), "space", "json", "policy", "containers", "monitorType".
	Equivalent []string `json:"equivalent,omitempty"`
	// Document marks a text that may be given as an object, which the
	// provider writes as JSON.
	Document bool `json:"document,omitempty"`

	// Values are the only values allowed, as text also for numbers. Beside Min
	// or Max they are allowed in addition.
	Values []string `json:"values,omitempty"`
	// FoldCase accepts the values in any case.
	FoldCase bool `json:"foldCase,omitempty"`
	// AllowEmpty lets the empty text pass whatever the other limits say.
	AllowEmpty bool `json:"allowEmpty,omitempty"`
	// Min and Max bound a number, both included.
	Min *float64 `json:"min,omitempty"`
	Max *float64 `json:"max,omitempty"`
	// MinLength and MaxLength bound the bytes of a text.
	MinLength *int `json:"minLength,omitempty"`
	MaxLength *int `json:"maxLength,omitempty"`
	// MinItems and MaxItems bound a list or set.
	MinItems *int `json:"minItems,omitempty"`
	MaxItems *int `json:"maxItems,omitempty"`
	// Pattern is a regular expression the whole text matches.
	Pattern string `json:"pattern,omitempty"`
	// NotPrefixes are beginnings, in lower case, the text must not have.
	NotPrefixes []string `json:"notPrefixes,omitempty"`
	// Format is a syntax: "json", "policy", "arn", "cidr", "cidr4", "cidr6", "vpcCidr",
	// "ip", "ipv4", "ipv6", "timestamp", "date", "base64", "bool", "account",
	// "region", "dailyWindow", "weeklyWindow", "alarmPeriod" or "containers".
	Format string `json:"format,omitempty"`
	// HostBits lets an address block have host bits.
	HostBits bool `json:"hostBits,omitempty"`
	// Default is the value the provider gives an input left out.
	Default json.RawMessage `json:"default,omitempty"`
	// SDKDefault marks a default of the SDK, which the inputs hold also for
	// types of the newer framework.
	SDKDefault bool `json:"sdkDefault,omitempty"`

	// AutoName tells how objects of this property are named.
	AutoName *AutoName `json:"autoName,omitempty"`

	names    []string // sorted field names
	matcher  *matcher
	fallback any // decoded Default
}

// Input tells whether a program may set the property.
func (p *Property) Input() bool { return p.Required || p.Optional }

// AutoName is how the provider names a resource: the logical name, the
// separator and seven random hexadecimal digits.
type AutoName struct {
	// Property is the Pulumi name of the property that takes the name.
	Property string `json:"property"`
	// MaxLength bounds the name without Prefix and Suffix; a longer one is an
	// error.
	MaxLength int `json:"maxLength,omitempty"`
	// Separator stands between the logical name and the random digits.
	Separator string `json:"separator,omitempty"`
	// Prefix comes first, such as "alias/".
	Prefix string `json:"prefix,omitempty"`
	// Exact takes the logical name alone, without random digits.
	Exact bool `json:"exact,omitempty"`
	// Lower puts the name in lower case.
	Lower bool `json:"lower,omitempty"`
	// Suffix ends the name when the property SuffixWhen is true.
	Suffix     string `json:"suffix,omitempty"`
	SuffixWhen string `json:"suffixWhen,omitempty"`
}

// Rule is a condition between properties of one resource.
type Rule struct {
	// Kind is "conflicts" (at most one may be set), "exactlyOne",
	// "atLeastOne" or "together" (the first needs the others).
	Kind string `json:"kind"`
	// Names are Pulumi property paths without indices.
	Names []string `json:"names"`
}

// Limit is a condition the provider lets pass and the cloud refuses.
type Limit struct {
	// Property is the Pulumi path the condition is about.
	Property  string   `json:"property"`
	Pattern   string   `json:"pattern,omitempty"`
	Values    []string `json:"values,omitempty"`
	Min       *float64 `json:"min,omitempty"`
	Max       *float64 `json:"max,omitempty"`
	MinLength *int     `json:"minLength,omitempty"`
	MaxLength *int     `json:"maxLength,omitempty"`
	// Rule names a condition written in code, such as "fargateSize".
	Rule string `json:"rule,omitempty"`
	// Reason is the rule in words, as the cloud would state it.
	Reason string `json:"reason"`
}

// Function is what is known about an invoke.
type Function struct {
	// Token is the Pulumi token, such as "aws:route53/getZone:getZone".
	Token string `json:"-"`
	// Upstream is the Terraform data source, such as "aws_route53_zone".
	Upstream string `json:"upstream,omitempty"`
	// Inputs and Outputs hold the arguments and results by Pulumi name.
	Inputs  map[string]*Property `json:"inputs"`
	Outputs map[string]*Property `json:"outputs"`
}
