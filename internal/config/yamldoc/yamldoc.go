// Package yamldoc makes trees of YAML files, and says what is no YAML without repeating it: it may be a secret.
package yamldoc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Read gives the trees of those documents that hold something.
func Read(b []byte) (docs []*yaml.Node, err error) {
	loader, err := yaml.NewLoader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	for {
		var doc yaml.Node
		err := loader.Load(&doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 && !Empty(doc.Content[0]) {
			asText(doc.Content[0])
			docs = append(docs, doc.Content[0])
		}
	}
}

// asText makes texts of what JSON has no kind for: dates, and keys that are no texts.
func asText(n *yaml.Node) {
	for i, child := range n.Content {
		key := n.Kind == yaml.MappingNode && i%2 == 0 && child.Tag != "!!merge"
		if child.Kind == yaml.ScalarNode && (key || child.Tag == "!!timestamp") && child.Style&yaml.TaggedStyle == 0 {
			child.Tag = "!!str"
		}
		asText(child)
	}
}

// Fault says in one line what is not YAML, without the text at that place: it
// may be part of a password that wants quotes.
func Fault(err error) string {
	le, ok := errors.AsType[*yaml.LoadError](err)
	if !ok {
		return "it is not YAML"
	}
	msg := le.Message
	switch {
	case strings.HasPrefix(msg, "unknown anchor"):
		msg = "the * names nothing that is marked with &; put a text that begins with * in quotes"
	case strings.HasPrefix(msg, "mapping values are not allowed"):
		msg = `no key is expected here; look at the indentation, and put a text that holds ": " in quotes`
	case strings.HasPrefix(msg, "found character that cannot start"):
		msg = "no value begins with this character; put such a text in quotes, and indent with blanks instead of tabs"
	case strings.Contains(msg, "'") && !strings.HasPrefix(msg, "did not find expected"):
		msg = "not understood; put a text with special characters in quotes"
	case le.ContextMsg != "" && le.ContextMark.Line > 0:
		msg += fmt.Sprintf(", %s that begins on line %d", le.ContextMsg, le.ContextMark.Line)
	}
	if le.Mark.Line > 0 {
		return fmt.Sprintf("line %d: %s", le.Mark.Line, msg)
	}
	return msg
}

// Empty tells whether nothing was written, or null.
func Empty(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.Tag == "!!null" && n.Style == 0
}
