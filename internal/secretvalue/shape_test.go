package secretvalue

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestEveryProblemOfAValueIsNamedAndNothingOfItIsQuoted(t *testing.T) {
	keys := []string{"secret_key", "webhook_secret"}
	for name, tc := range map[string]struct {
		value string
		want  []string
	}{
		"right":         {`{"secret_key":"planted-1","webhook_secret":"planted-2"}`, nil},
		"spaced":        {" {\"secret_key\":\"planted-1\",\n\"webhook_secret\":\"planted-2\"}\n", nil},
		"not JSON":      {`planted-1`, []string{"it is not a JSON object"}},
		"a text":        {`"planted-1"`, []string{"it is not a JSON object"}},
		"a list":        {`["planted-1"]`, []string{"it is not a JSON object"}},
		"cut off":       {`{"secret_key":"planted-1"`, []string{"it is not a JSON object"}},
		"empty":         {``, []string{"it is not a JSON object"}},
		"more":          {`{"secret_key":"planted-1","webhook_secret":"planted-2"} planted-3`, []string{"something follows the JSON object"}},
		"missing":       {`{"secret_key":"planted-1"}`, []string{"webhook_secret is missing"}},
		"key swapped":   {`{"planted-1":"secret_key"}`, []string{"1 key is not declared; the stack declares secret_key, webhook_secret", "secret_key is missing", "webhook_secret is missing"}},
		"types":         {`{"secret_key":{"planted":1},"webhook_secret":null}`, []string{"secret_key is not a text", "webhook_secret is not a text"}},
		"empty texts":   {`{"secret_key":"","webhook_secret":"planted-2\n"}`, []string{"secret_key is empty", "webhook_secret begins or ends with white space"}},
		"twice":         {`{"secret_key":"planted-1","secret_key":"planted-3","webhook_secret":"planted-2"}`, []string{"1 key is repeated"}},
		"everything":    {`{"x":"planted","y":"planted","secret_key":5}`, []string{"2 keys are not declared", "secret_key is not a text", "webhook_secret is missing"}},
		"one too large": {`{"secret_key":"` + strings.Repeat("planted-", 9000) + `","webhook_secret":"p"}`, []string{"Secrets Manager takes at most 65536"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := Check([]byte(tc.value), keys)
			if len(tc.want) == 0 {
				assert.NoError(t, err)
				return
			}
			for _, want := range tc.want {
				assert.ErrorContains(t, err, want)
			}
			assert.Len(t, strings.Split(err.Error(), "\n"), len(tc.want))
			assert.NotContains(t, err.Error(), "planted")
		})
	}
}
