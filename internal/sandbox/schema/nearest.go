package schema

import "strings"

// closest returns the candidate with the smallest edit distance to a word, ""
// when even that one is too far away to be a slip of the pen.
func closest(word string, candidates []string) string {
	best, distance := "", len(word)/3+1
	lower := strings.ToLower(word)
	for _, candidate := range candidates {
		if len(word) > 3 && strings.HasPrefix(strings.ToLower(candidate), lower) {
			return candidate
		}
		if d := edits(lower, strings.ToLower(candidate), distance); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

// edits is the Levenshtein distance of two words, or at least limit when it is
// not smaller.
func edits(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		least := row[0]
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
			least = min(least, row[j])
		}
		if least >= limit {
			return limit
		}
	}
	return row[len(b)]
}
