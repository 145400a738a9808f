package schema

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNamesThatAWSKeepsForItselfAreRefused(t *testing.T) {
	group, balancer := lookup(t, "aws:ec2/securityGroup:SecurityGroup"), lookup(t, "aws:lb/loadBalancer:LoadBalancer")
	assert.Equal(t, []string{`name: cannot begin with sg-, got "sg-web"`}, refusals(group.CheckName(properties(map[string]any{"name": "sg-web"}))))
	assert.Equal(t, []string{`namePrefix: cannot begin with sg-, got "sg-"`}, refusals(group.CheckName(properties(map[string]any{"namePrefix": "sg-"}))))
	assert.Equal(t, []string{`name: cannot begin with internal-, got "internal-web"`}, refusals(balancer.CheckName(properties(map[string]any{"name": "internal-web"}))))
	made := normalize(t, "aws:ec2/securityGroup:SecurityGroup", nil, map[string]any{}, "sg")
	assert.Len(t, group.CheckName(made), 1, "a name that is made of the logical one")
	for _, free := range []string{"sga", "web-sg-1", "internal-web"} {
		assert.Empty(t, group.CheckName(properties(map[string]any{"name": free})), free)
	}
	assert.Empty(t, lookup(t, "aws:sqs/queue:Queue").CheckName(properties(map[string]any{"name": "sg-1"})))
}
