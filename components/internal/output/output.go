// Package output is the one place where components turn outputs into other
// outputs, so that no component asserts the type an Apply returns.
package output

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"
)

// Map applies f to a string once it is known.
func Map(in pulumi.StringInput, f func(string) string) pulumi.StringOutput {
	return pulumi.StringOutput(pulumix.Apply[string](in.ToStringOutput(), f))
}

// MapErr applies f, which may fail, to a string once it is known.
func MapErr(in pulumi.StringInput, f func(string) (string, error)) pulumi.StringOutput {
	return pulumi.StringOutput(pulumix.ApplyErr[string](in.ToStringOutput(), f))
}

// Text makes a string of any output once it is known. T is the type of the
// output's value.
func Text[T any](in pulumi.Output, f func(T) string) pulumi.StringOutput {
	return in.ApplyT(f).(pulumi.StringOutput)
}

// JSON renders a value as one line of JSON. The value may hold inputs and
// outputs inside maps and slices. It must not hold them inside a struct: such a
// value passes preview and fails in up.
func JSON(value any) pulumi.StringOutput {
	return pulumi.JSONMarshal(value)
}

// Secret marks a string as one that Pulumi encrypts and never shows.
func Secret(in pulumi.StringInput) pulumi.StringOutput {
	return pulumi.ToSecret(in.ToStringOutput()).(pulumi.StringOutput)
}
