package schema

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
)

// Each case was put to the provider: two task definitions that differ in one
// container definition, planned on terraform-provider-aws 5.100.0.
func TestContainerDefinitionsAreEquivalentWhereTheProviderWasMeasuredToTakeThemSo(t *testing.T) {
	type pair struct{ a, b string }
	one := func(rest string) string {
		if rest != "" {
			rest = "," + rest
		}
		return `[{"name":"a","image":"b"` + rest + `}]`
	}
	same := map[string]pair{
		"empty environment":        {`"environment":[]`, ``},
		"empty links":              {`"links":[]`, ``},
		"empty ulimits":            {`"ulimits":[]`, ``},
		"empty mount points":       {`"mountPoints":[],"volumesFrom":[],"systemControls":[],"portMappings":[]`, ``},
		"no CPU":                   {`"cpu":0`, ``},
		"essential by default":     {`"essential":true`, ``},
		"order of environment":     {`"environment":[{"name":"b","value":"1"},{"name":"a","value":"2"}]`, `"environment":[{"name":"a","value":"2"},{"name":"b","value":"1"}]`},
		"order of secrets":         {`"secrets":[{"name":"b","valueFrom":"1"},{"name":"a","valueFrom":"2"}]`, `"secrets":[{"name":"a","valueFrom":"2"},{"name":"b","valueFrom":"1"}]`},
		"null in an environment":   {`"environment":[{"name":"b","value":null}]`, `"environment":[{"name":"b"}]`},
		"health check by default":  {`"healthCheck":{"command":["x"],"interval":30,"retries":3,"timeout":5}`, `"healthCheck":{"command":["x"]}`},
		"TCP by default":           {`"portMappings":[{"containerPort":80,"protocol":"tcp"}]`, `"portMappings":[{"containerPort":80}]`},
		"host port zero":           {`"portMappings":[{"containerPort":80,"hostPort":0}]`, `"portMappings":[{"containerPort":80}]`},
		"host port of the network": {`"portMappings":[{"containerPort":80,"hostPort":80}]`, `"portMappings":[{"containerPort":80}]`},
		"keys in another case":     {`"Memory":512,"PortMappings":[{"ContainerPort":80}]`, `"memory":512,"portMappings":[{"containerPort":80}]`},
		"unknown keys":             {`"memmory":512`, ``},
		"null":                     {`"memory":null`, ``},
	}
	different := map[string]pair{
		"a user the cloud fills in":     {`"user":"0"`, ``},
		"an empty user":                 {`"user":""`, ``},
		"start period zero":             {`"healthCheck":{"command":["x"],"startPeriod":0}`, `"healthCheck":{"command":["x"]}`},
		"an empty environment value":    {`"environment":[{"name":"b","value":""}]`, `"environment":[{"name":"b"}]`},
		"an environment without value":  {`"environment":[{"name":"b","value":null}]`, ``},
		"restart policy":                {`"restartPolicy":{"enabled":false}`, ``},
		"version consistency":           {`"versionConsistency":"enabled"`, ``},
		"a false flag":                  {`"readonlyRootFilesystem":false`, ``},
		"empty capabilities":            {`"linuxParameters":{"initProcessEnabled":true,"capabilities":{"add":[]}}`, `"linuxParameters":{"initProcessEnabled":true,"capabilities":{}}`},
		"empty devices":                 {`"linuxParameters":{"devices":[]}`, `"linuxParameters":{}`},
		"empty secret options":          {`"logConfiguration":{"logDriver":"awslogs","secretOptions":[]}`, `"logConfiguration":{"logDriver":"awslogs"}`},
		"empty log options":             {`"logConfiguration":{"logDriver":"awslogs","options":{}}`, `"logConfiguration":{"logDriver":"awslogs"}`},
		"null log option":               {`"logConfiguration":{"logDriver":"awslogs","options":{"a":null}}`, `"logConfiguration":{"logDriver":"awslogs","options":{}}`},
		"empty labels":                  {`"dockerLabels":{}`, ``},
		"order of dependencies":         {`"dependsOn":[{"containerName":"x","condition":"START"},{"containerName":"y","condition":"START"}]`, `"dependsOn":[{"containerName":"y","condition":"START"},{"containerName":"x","condition":"START"}]`},
		"order of ports":                {`"portMappings":[{"containerPort":80},{"containerPort":81}]`, `"portMappings":[{"containerPort":81},{"containerPort":80}]`},
		"order of environment files":    {`"environmentFiles":[{"type":"s3","value":"b"},{"type":"s3","value":"a"}]`, `"environmentFiles":[{"type":"s3","value":"a"},{"type":"s3","value":"b"}]`},
		"read-only left out":            {`"mountPoints":[{"sourceVolume":"v","containerPath":"/v","readOnly":false}]`, `"mountPoints":[{"sourceVolume":"v","containerPath":"/v"}]`},
		"a number as text":              {`"stopTimeout":30`, `"stopTimeout":"30"`},
		"protocol in capital letters":   {`"portMappings":[{"containerPort":80,"protocol":"TCP"}]`, `"portMappings":[{"containerPort":80}]`},
		"other retries of health check": {`"healthCheck":{"command":["x"],"retries":2}`, `"healthCheck":{"command":["x"]}`},
	}
	for name, p := range same {
		assert.True(t, sameContainers(one(p.a), one(p.b), true), name)
		assert.True(t, sameContainers(one(p.b), one(p.a), true), name)
	}
	for name, p := range different {
		assert.False(t, sameContainers(one(p.a), one(p.b), true), name)
	}
	assert.True(t, sameContainers(`[{"name":"b"},{"name":"a"}]`, `[{"name":"a"},{"name":"b"}]`, true), "order of containers")
	port := same["host port of the network"]
	assert.False(t, sameContainers(one(port.a), one(port.b), false), "outside awsvpc the host's port is a choice")
	assert.False(t, sameContainers("[", "[]", true), "what is no JSON equals nothing")
}

// Each case was put to the provider as two role or queue policies.
func TestPoliciesAreEquivalentWhereTheProviderWasMeasuredToTakeThemSo(t *testing.T) {
	document := func(statements string) string { return `{"Version":"2012-10-17","Statement":[` + statements + `]}` }
	const a = `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`
	const b = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`
	who := func(principal string) string {
		return document(`{"Effect":"Allow","Action":"sqs:*","Resource":"*","Principal":` + principal + `}`)
	}
	when := func(condition string) string {
		return document(`{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":` + condition + `}`)
	}
	for name, p := range map[string][2]string{
		"order of statements":      {document(a + "," + b), document(b + "," + a)},
		"a single statement":       {`{"Version":"2012-10-17","Statement":` + a + `}`, document(a)},
		"a single action":          {document(a), document(`{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"}`)},
		"order of resources":       {document(`{"Effect":"Allow","Action":"a:b","Resource":["a","b"]}`), document(`{"Effect":"Allow","Action":"a:b","Resource":["b","a"]}`)},
		"case of the effect":       {document(a), document(`{"Effect":"allow","Action":"s3:GetObject","Resource":"*"}`)},
		"an empty Sid":             {document(a), document(`{"Sid":"","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`)},
		"account and its root":     {who(`{"AWS":"123456789012"}`), who(`{"AWS":"arn:aws:iam::123456789012:root"}`)},
		"order of principals":      {who(`{"AWS":["arn:a","arn:b"]}`), who(`{"AWS":["arn:b","arn:a"]}`)},
		"a single service":         {who(`{"Service":"a.amazonaws.com"}`), who(`{"Service":["a.amazonaws.com"]}`)},
		"a single condition":       {when(`{"StringEquals":{"a":"b"}}`), when(`{"StringEquals":{"a":["b"]}}`)},
		"a flag in a condition":    {when(`{"Bool":{"a":true}}`), when(`{"Bool":{"a":"true"}}`)},
		"a number in a condition":  {when(`{"NumericEquals":{"a":5}}`), when(`{"NumericEquals":{"a":"5"}}`)},
		"order inside a condition": {when(`{"StringEquals":{"a":["c","b"]}}`), when(`{"StringEquals":{"a":["b","c"]}}`)},
	} {
		assert.True(t, samePolicy(p[0], p[1]), name)
	}
	for name, p := range map[string][2]string{
		"case of an action":      {document(a), document(`{"Effect":"Allow","Action":"S3:getobject","Resource":"*"}`)},
		"a repeated action":      {document(a), document(`{"Effect":"Allow","Action":["s3:GetObject","s3:GetObject"],"Resource":"*"}`)},
		"no version":             {document(a), `{"Statement":[` + a + `]}`},
		"another version":        {document(a), `{"Version":"2008-10-17","Statement":[` + a + `]}`},
		"another Id":             {`{"Id":"x","Version":"2012-10-17","Statement":[` + a + `]}`, `{"Id":"y","Version":"2012-10-17","Statement":[` + a + `]}`},
		"case of an operator":    {when(`{"StringEquals":{"a":"b"}}`), when(`{"stringequals":{"a":"b"}}`)},
		"an empty condition":     {when(`{}`), document(`{"Effect":"Allow","Action":"sqs:*","Resource":"*"}`)},
		"everyone and every AWS": {who(`"*"`), who(`{"AWS":"*"}`)},
	} {
		assert.False(t, samePolicy(p[0], p[1]), name)
	}
}

func TestPolicyProblemsNamesWhatAWSWouldRefuse(t *testing.T) {
	statement := func(text string) string { return `{"Version":"2012-10-17","Statement":[` + text + `]}` }
	cases := map[string]struct {
		text string
		kind DocumentKind
		want []string
	}{
		"an identity policy":  {statement(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`), IdentityPolicy, nil},
		"a trust policy":      {statement(`{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"ecs-tasks.amazonaws.com"}}`), TrustPolicy, nil},
		"a queue policy":      {statement(`{"Effect":"Allow","Action":"sqs:SendMessage","Principal":"*","Resource":"q"}`), ResourcePolicy, nil},
		"a repository policy": {statement(`{"Effect":"Allow","Action":"ecr:BatchGetImage","Principal":{"AWS":"123456789012"}}`), RepositoryPolicy, nil},
		"no JSON":             {`no`, IdentityPolicy, []string{"the policy is not a JSON object"}},
		"no statement":        {`{"Version":"2012-10-17"}`, IdentityPolicy, []string{"the policy needs a Statement: a list of objects"}},
		"an empty list":       {`{"Statement":[]}`, IdentityPolicy, []string{"the policy needs at least one statement"}},
		"a wrong version": {`{"Version":"2020-01-01","Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, IdentityPolicy,
			[]string{`the policy's Version is "2020-01-01"; it must be "2012-10-17"`}},
		"misspelt elements": {statement(`{"Effect":"allow","Actions":"a:b","Resource":"*"}`), IdentityPolicy, []string{
			`Statement[0] has the unknown element "Actions"; known are Sid, Effect, Action, NotAction, Resource, NotResource, Principal, NotPrincipal, Condition`,
			"Statement[0] has the Effect allow; it must be Allow or Deny",
			"Statement[0] needs Action or NotAction",
		}},
		"a principal in an identity policy": {statement(`{"Sid":"One","Effect":"Allow","Action":"a:b","Resource":"*","Principal":"*"}`), IdentityPolicy,
			[]string{"Statement[0] (One) has a Principal, which a policy of a role or user must not have"}},
		"no principal in a resource policy": {statement(`{"Effect":"Allow","Action":"a:b","Resource":"*"}`), ResourcePolicy,
			[]string{"Statement[0] needs Principal or NotPrincipal"}},
		"a resource in a trust policy": {statement(`{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*","Principal":{"AWS":"123456789012"}}`), TrustPolicy,
			[]string{"Statement[0] has a Resource, which a trust policy must not have"}},
		"an odd principal, action and condition": {statement(`{"Effect":"Deny","Action":["all"],"Resource":[],"Principal":{"Services":"x"},"Condition":{"Bool":{}}}`), ResourcePolicy, []string{
			`Statement[0] has the action "all"; it must have the form service:Action`,
			"Statement[0] has an empty Resource",
			`Statement[0] has a Principal of the unknown kind "Services"; known are AWS, Service, Federated, CanonicalUser`,
			`Statement[0] has the condition "Bool" without keys to compare`,
		}},
		"a repeated Sid": {statement(`{"Sid":"A","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"A","Effect":"Allow","Action":"a:c","Resource":"*"}`), IdentityPolicy,
			[]string{"Statement[1] (A) repeats the Sid of another statement"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, PolicyProblems(c.text, c.kind)) })
	}
	role := lookup(t, "aws:iam/role:Role")
	inputs := resource.PropertyMap{"assumeRolePolicy": resource.NewProperty(statement(`{"Effect":"Allow","Action":"sts:AssumeRole"}`))}
	assert.Empty(t, role.Check(inputs), "the provider does not look inside")
	assert.Equal(t, []string{"assumeRolePolicy: Statement[0] needs Principal or NotPrincipal"}, refusals(role.CheckAtCreate(inputs)))
}
