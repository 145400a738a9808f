package task

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tenfold-iac/tenfold/components/access"
)

func TestEverySizeFargateHasIsAcceptedAndNoOther(t *testing.T) {
	counts := map[int]int{256: 3, 512: 4, 1024: 7, 2048: 13, 4096: 23, 8192: 12, 16384: 12}
	for cpu, want := range counts {
		got := 0
		for memory := 256; memory <= 128*1024; memory += 256 {
			if checkSize(cpu, memory) == nil {
				got++
			}
		}
		assert.Equal(t, want, got, "sizes of memory with CPU %d", cpu)
	}
	for _, pair := range [][2]int{{256, 512}, {512, 4096}, {4096, 30720}, {8192, 61440}, {16384, 122880}} {
		assert.NoError(t, checkSize(pair[0], pair[1]))
	}
	for _, pair := range [][2]int{{256, 1536}, {256, 4096}, {512, 512}, {8192, 17408}, {16384, 36864}, {32768, 65536}, {0, 512}} {
		assert.Error(t, checkSize(pair[0], pair[1]), "%v", pair)
	}
}

func TestTheDefaultMemoryIsASizeOfEveryCPU(t *testing.T) {
	for _, cpu := range []int{256, 512, 1024, 2048, 4096, 8192, 16384} {
		assert.NoError(t, checkSize(cpu, Spec{CPU: cpu}.WithDefaults().MemoryMiB))
	}
}

const digest = "@sha256:00000000000000000000000000000000000000000000000000000000000000aa"

func TestImagesAreNamedByDigestAndByTagOnlyWhereThatIsAllowed(t *testing.T) {
	for image, c := range map[string]struct {
		mutable bool
		want    *repository
		err     string
	}{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com/tenfold/api" + digest: {want: &repository{"123456789012", "eu-west-1", "tenfold/api"}},
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:v1":               {mutable: true, want: &repository{"123456789012", "eu-west-1", "api"}},
		"public.ecr.aws/nginx/nginx" + digest:                               {},
		"localhost:5000/api" + digest:                                       {},
		"nginx:1.29":                                                        {err: "must name a digest"},
		"nginx":                                                             {mutable: true, err: "must be repository@sha256:digest"},
		"nginx@sha256:12":                                                   {err: "must be repository@sha256:digest"},
	} {
		got, err := parseImage(image, c.mutable)
		if c.err != "" {
			assert.ErrorContains(t, err, c.err, image)
			continue
		}
		require.NoError(t, err, image)
		assert.Equal(t, c.want, got, image)
	}
}

func rendered(t *testing.T, containers ...container) string {
	t.Helper()
	result, err := internals.UnsafeAwaitOutput(t.Context(), definitions(containers...))
	require.NoError(t, err)
	return result.Value.(string)
}

func full(name string) container {
	str := func(s string) pulumi.StringInput { return pulumi.String(s) }
	return container{
		name: name, image: "nginx" + digest, command: []string{"serve"}, port: 8080, user: "65532:65532", essential: true,
		env:      map[string]pulumi.StringInput{"B": str("2"), "A": str(""), "C": str("3")},
		secrets:  map[string]access.Secret{"T": {ValueFrom: str("arn:t")}, "S": {ValueFrom: str("arn:s")}},
		writable: []string{"/var/cache", "/tmp"}, health: HealthCheck{Command: []string{"CMD", "/check"}}.withDefaults(),
		startup: time.Minute, stopTimeout: 45 * time.Second, logGroup: str("group"), region: "us-east-1", stream: "task",
	}
}

func TestTheDefinitionOfAContainerIsWrittenOneWay(t *testing.T) {
	assert.Equal(t, `[{"command":["serve"],"cpu":0,"environment":[{"name":"A","value":""},{"name":"B","value":"2"},{"name":"C","value":"3"}],`+
		`"essential":true,"healthCheck":{"command":["CMD","/check"],"interval":30,"retries":3,"startPeriod":60,"timeout":5},"image":"nginx`+digest+`",`+
		`"linuxParameters":{"initProcessEnabled":true},"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"group","awslogs-region":"us-east-1",`+
		`"awslogs-stream-prefix":"task","max-buffer-size":"25m","mode":"non-blocking"}},"mountPoints":[{"containerPath":"/tmp","readOnly":false,"sourceVolume":"tmp"},`+
		`{"containerPath":"/var/cache","readOnly":false,"sourceVolume":"var-cache"}],"name":"api","portMappings":[{"containerPort":8080,"hostPort":8080,"protocol":"tcp"}],`+
		`"readonlyRootFilesystem":true,"secrets":[{"name":"S","valueFrom":"arn:s"},{"name":"T","valueFrom":"arn:t"}],"stopTimeout":45,"systemControls":[],"user":"65532:65532","volumesFrom":[]}]`,
		rendered(t, full("api")))
}

// The differences below were measured on the Terraform AWS provider 5.100.0:
// each makes a new revision, or hides one, if the two forms are not told apart
// by the program but by chance.
func TestWhatTheProviderTellsApartIsAlwaysWritten(t *testing.T) {
	minimal := container{name: "api", image: "nginx" + digest, user: "65532", essential: true, startup: time.Second, stopTimeout: time.Second, logGroup: pulumi.String("group")}
	got := rendered(t, minimal)
	for _, field := range []string{`"user":"65532"`, `"readonlyRootFilesystem":true`, `"stopTimeout":1`, `"cpu":0`, `"essential":true`,
		`"environment":[]`, `"secrets":[]`, `"mountPoints":[]`, `"portMappings":[]`, `"volumesFrom":[]`, `"systemControls":[]`} {
		assert.Contains(t, got, field)
	}
	for _, field := range []string{"restartPolicy", "versionConsistency", "secretOptions", "capabilities", "devices", "tmpfs", "null", "healthCheck", "dependsOn", `"memory"`, `"command"`} {
		assert.NotContains(t, got, field)
	}
	assert.Contains(t, rendered(t, full("api")), `"startPeriod":60`)
	assert.Contains(t, rendered(t, full("api")), `"readOnly":false`)
}

func TestTheOrderOfTheArgumentsDoesNotShow(t *testing.T) {
	a, b := full("api"), full("api")
	b.writable = []string{"/tmp", "/var/cache"}
	assert.Equal(t, rendered(t, a), rendered(t, b))
	assert.Equal(t, rendered(t, full("a"), full("b")), rendered(t, full("b"), full("a")))
}

func TestTheVersionOfASecretIsALabelSoThatANewValueMakesANewRevision(t *testing.T) {
	c := full("api")
	before := rendered(t, c)
	assert.NotContains(t, before, "dockerLabels", "a secret that does not tell its version")
	c.secrets = map[string]access.Secret{"T": {ValueFrom: pulumi.String("arn:t"), Version: pulumi.String("v1")}, "S": {ValueFrom: pulumi.String("arn:s")}}
	first := rendered(t, c)
	assert.Contains(t, first, `"dockerLabels":{"tenfold.secret-version.T":"v1"}`)
	assert.Contains(t, first, `{"name":"T","valueFrom":"arn:t"}`, "a task reads the value that is current when it starts")
	c.secrets["T"] = access.Secret{ValueFrom: pulumi.String("arn:t"), Version: pulumi.String("v2")}
	assert.NotEqual(t, first, rendered(t, c))
}

func TestDependenciesAreWrittenByName(t *testing.T) {
	spec := Spec{Sidecars: []Sidecar{{Name: "proxy", First: true}, {Name: "log"}, {Name: "agent", First: true, HealthCheck: HealthCheck{Command: []string{"CMD", "/check"}}}}}
	c := full("api")
	c.after = spec.dependencies()
	assert.Contains(t, rendered(t, c), `"dependsOn":[{"condition":"HEALTHY","containerName":"agent"},{"condition":"START","containerName":"proxy"}]`)
}

func TestSameInputsAreEqualTextsOrOneOutput(t *testing.T) {
	one, other := pulumi.String("x").ToStringOutput(), pulumi.String("x").ToStringOutput()
	assert.True(t, same(pulumi.String("x"), pulumi.String("x")))
	assert.True(t, same(one, one))
	assert.False(t, same(one, other), "what an output resolves to is not known")
	assert.False(t, same(one, pulumi.String("x")))
	assert.False(t, same(nil, one))
}
