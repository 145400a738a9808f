package sqlscript

import (
	"strings"
	"unicode/utf8"
)

// Kind is what a token is.
type Kind int

// The kinds of tokens a statement is made of.
const (
	Word   Kind = iota + 1 // a keyword or an identifier without quotes
	Quoted                 // an identifier in double quotes
	String                 // a string constant in any form
	Number
	Symbol // one character of an operator or punctuation

	lineComment
	end
)

// Token is one lexical element as it is written in the script.
type Token struct {
	Kind Kind
	Text string
	Line int

	start, end int
}

func (t Token) is(word string) bool { return t.Kind == Word && strings.EqualFold(t.Text, word) }

// Name is the identifier the token stands for: folded to lower case when it is
// not quoted, unescaped when it is.
func (t Token) Name() string {
	if t.Kind == Quoted {
		return strings.ReplaceAll(t.Text[1:len(t.Text)-1], `""`, `"`)
	}
	return strings.ToLower(t.Text)
}

type scanner struct {
	text string
	pos  int
	line int
}

// next returns the next token or line comment.
func (s *scanner) next() (Token, error) {
	for {
		s.skipBlanks()
		rest := s.text[s.pos:]
		switch {
		case rest == "":
			return Token{Kind: end, Line: s.line}, nil
		case strings.HasPrefix(rest, "--"):
			n := strings.IndexByte(rest, '\n')
			if n < 0 {
				n = len(rest)
			}
			return s.take(lineComment, n), nil
		case strings.HasPrefix(rest, "/*"):
			n := blockComment(rest)
			if n < 0 {
				return Token{}, s.fail("this comment is never closed; add */")
			}
			s.take(lineComment, n)
		default:
			return s.token(rest)
		}
	}
}

func (s *scanner) token(rest string) (Token, error) {
	kind, n := Symbol, 1
	switch c := rest[0]; {
	case c == '\\':
		return Token{}, s.fail(`a backslash command is for psql only; write SQL`)
	case c == '"':
		kind, n = Quoted, quoted(rest, '"', false)
	case c == '\'':
		kind, n = String, quoted(rest, '\'', false)
	case (c == 'e' || c == 'E') && strings.HasPrefix(rest[1:], "'"):
		kind, n = String, prefixed(quoted(rest[1:], '\'', true))
	case c == '$':
		if tag := dollarTag(rest); tag != "" {
			kind, n = String, closing(rest, tag)
		}
	case wordStart(c):
		kind, n = Word, wordLength(rest)
	case c >= '0' && c <= '9':
		kind, n = Number, wordLength(rest)
	}
	if n < 0 {
		return Token{}, s.fail("the quote that opens here is never closed")
	}
	return s.take(kind, n), nil
}

// take consumes n bytes as one token and counts the lines in it.
func (s *scanner) take(kind Kind, n int) Token {
	t := Token{Kind: kind, Text: s.text[s.pos : s.pos+n], Line: s.line, start: s.pos, end: s.pos + n}
	s.line += strings.Count(t.Text, "\n")
	s.pos += n
	return t
}

func (s *scanner) skipBlanks() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n\f\v", s.text[s.pos]) >= 0 {
		if s.text[s.pos] == '\n' {
			s.line++
		}
		s.pos++
	}
}

func (s *scanner) fail(message string) error { return &Error{Line: s.line, Message: message} }

// blockComment returns the length of the comment text starts with, or -1.
// PostgreSQL nests comments.
func blockComment(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// quoted returns the length of the quoted text, or -1 when it is never closed.
// A doubled quote stands for itself.
func quoted(text string, quote byte, backslash bool) int {
	for i := 1; i < len(text); i++ {
		switch {
		case backslash && text[i] == '\\':
			i++
		case text[i] == quote && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return -1
}

// prefixed adds the letter before the quote to the length of a quoted text.
func prefixed(n int) int {
	if n < 0 {
		return n
	}
	return n + 1
}

// dollarTag returns the opening of a dollar quote, such as $$ or $body$, or "".
func dollarTag(text string) string {
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '$':
			return text[:i+1]
		case wordStart(c), i > 1 && c >= '0' && c <= '9':
		default:
			return ""
		}
	}
	return ""
}

func closing(text, tag string) int {
	n := strings.Index(text[len(tag):], tag)
	if n < 0 {
		return -1
	}
	return n + 2*len(tag)
}

func wordStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

// wordLength counts a word's bytes. A dollar sign may stand inside a word, which
// is why a$b$ opens no quote.
func wordLength(text string) int {
	n := 1
	for n < len(text) && (wordStart(text[n]) || text[n] >= '0' && text[n] <= '9' || text[n] == '$') {
		n++
	}
	return n
}
