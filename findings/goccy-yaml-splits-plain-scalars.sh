#!/bin/sh
# github.com/goccy/go-yaml 1.19.2 splits a plain scalar at a colon that no blank follows,
# in a sequence inside a flow mapping.
#
# YAML 1.2.2, 7.3.3: in a plain scalar a ":" is an indicator only before white space, the
# end, or inside a flow collection one of ",[]{}". So [a:b] holds the text "a:b", wherever
# it stands. Here it does outside of a flow mapping, and is the mapping {a: b} inside of one.
# Lists of scopes, of addresses and of URLs are read as something else without an error.
#
# Needs Go and the module proxy. Ends with 1 when the library does something else.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/goccy/go-yaml"
)

func main() {
	bad := false
	for _, c := range []struct{ text, expected, seen string }{
		{"a: [self, access:services]", `{"a":["self","access:services"]}`, `{"a":["self","access:services"]}`},
		{"{a: [self, access:services]}", `{"a":["self","access:services"]}`, `{"a":["self",{"access":"services"}]}`},
		{"a: {b: [http://host:80/x]}", `{"a":{"b":["http://host:80/x"]}}`, `{"a":{"b":[{"http://host":"80/x"}]}}`},
	} {
		var v map[string]any
		err := yaml.Unmarshal([]byte(c.text), &v)
		got, _ := json.Marshal(v)
		fmt.Printf("%s\n  expected %s\n  seen     %s\n", c.text, c.expected, got)
		if err != nil || string(got) != c.seen {
			fmt.Println("  CHANGED:", err)
			bad = true
		}
	}
	if bad {
		os.Exit(1)
	}
}
GO
cat >go.mod <<'MOD'
module finding

go 1.24
MOD
go get github.com/goccy/go-yaml@v1.19.2 2>/dev/null
echo "github.com/goccy/go-yaml v1.19.2"
go run .
