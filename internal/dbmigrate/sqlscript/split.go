// Package sqlscript splits a PostgreSQL script into its statements and tells
// what each of them is.
//
// It knows the lexical rules that decide where a statement ends: quoted
// identifiers, all string forms, dollar quotes, nested comments and the bodies
// of SQL-standard functions (BEGIN ATOMIC ... END). It does not parse SQL; the
// server does that.
package sqlscript

import (
	"fmt"
	"strings"
)

// Script is a split script.
type Script struct {
	Statements []Statement
	Comments   []Comment // line comments only, in order
}

// Statement is one statement of a script, without its semicolon.
type Statement struct {
	Text   string
	Line   int // of its first token, counted from 1
	Tokens []Token
}

// Comment is one line comment.
type Comment struct {
	Text   string // without the two dashes and surrounding blanks
	Line   int
	Before bool // it stands before the first statement
}

// Error is a script that cannot be split: something opened and never closed,
// or something only psql understands.
type Error struct {
	Line    int
	Message string
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// Split splits a script. Empty statements are dropped.
func Split(script string) (Script, error) {
	s := &scanner{text: script, line: 1}
	var out Script
	var body body
	var tokens []Token
	flush := func() {
		if len(tokens) > 0 {
			first, last := tokens[0], tokens[len(tokens)-1]
			out.Statements = append(out.Statements, Statement{
				Text: script[first.start:last.end], Line: first.Line, Tokens: tokens,
			})
		}
		tokens, body = nil, 0
	}
	for {
		tok, err := s.next()
		if err != nil {
			return Script{}, err
		}
		switch {
		case tok.Kind == end:
			flush()
			return out, nil
		case tok.Kind == lineComment:
			text := strings.TrimSpace(strings.TrimPrefix(tok.Text, "--"))
			before := len(out.Statements) == 0 && len(tokens) == 0
			out.Comments = append(out.Comments, Comment{Text: text, Line: tok.Line, Before: before})
		case tok.Kind == Symbol && tok.Text == ";" && body == 0:
			flush()
		default:
			body = body.after(tokens, tok)
			tokens = append(tokens, tok)
		}
	}
}

// body is how deep the scanner is inside a BEGIN ATOMIC ... END function body,
// where semicolons do not end the statement. CASE expressions have an END of
// their own and count as well.
type body int

func (b body) after(before []Token, tok Token) body {
	switch {
	case tok.is("atomic") && len(before) > 0 && before[len(before)-1].is("begin"):
		return b + 1
	case b > 0 && tok.is("case"):
		return b + 1
	case b > 0 && tok.is("end"):
		return b - 1
	}
	return b
}

// Starts reports whether the statement begins with these keywords, written in
// lower case.
func (s Statement) Starts(words ...string) bool {
	if len(s.Tokens) < len(words) {
		return false
	}
	for i, w := range words {
		if !s.Tokens[i].is(w) {
			return false
		}
	}
	return true
}

// Has reports whether the keyword, in lower case, stands anywhere in the
// statement outside of quotes.
func (s Statement) Has(word string) bool {
	for _, t := range s.Tokens {
		if t.is(word) {
			return true
		}
	}
	return false
}

// Summary is the beginning of the statement on one line, for messages.
func (s Statement) Summary() string {
	const most = 60
	var words []string
	n := 0
	for _, t := range s.Tokens {
		if n += len(t.Text) + 1; n > most {
			return strings.Join(append(words, "..."), " ")
		}
		words = append(words, t.Text)
	}
	return strings.Join(words, " ")
}
