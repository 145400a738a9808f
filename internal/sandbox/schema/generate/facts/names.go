package facts

import "strings"

// camel is the Pulumi form of a Terraform name: "kms_key_id" is "kmsKeyId".
func camel(name string) string {
	var out strings.Builder
	upper := false
	for i, c := range name {
		switch {
		case c == '_' && i > 0:
			upper = true
		case upper:
			out.WriteString(strings.ToUpper(string(c)))
			upper = false
		default:
			out.WriteRune(c)
		}
	}
	return out.String()
}

// snake is the Terraform form of a Pulumi name.
func snake(name string) string {
	var out strings.Builder
	for _, c := range name {
		if c >= 'A' && c <= 'Z' {
			out.WriteByte('_')
			c += 'a' - 'A'
		}
		out.WriteRune(c)
	}
	return out.String()
}

// candidates lists the Pulumi names a Terraform name may have. Lists are in
// the plural, unless the SDK flattens them to one value.
func candidates(name string) []string {
	base := camel(name)
	out := []string{base, base + "s", base + "es"}
	if strings.HasSuffix(base, "y") {
		out = append(out, base[:len(base)-1]+"ies")
	}
	if strings.HasSuffix(base, "s") {
		out = append(out, base[:len(base)-1])
	}
	if strings.HasSuffix(base, "ies") {
		out = append(out, base[:len(base)-3]+"y")
	}
	return out
}
