package config

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/atriumhub/atrium/internal/config/units"
)

// Secret is a value that is not shown: printed or logged, it is "[redacted]".
type Secret string

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// GoString hides it from %#v as well.
func (s Secret) GoString() string { return s.String() }

// LogValue hides it from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides it from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}

// Duration is a time span: Go's notation, and "d" for days of 24 hours.
type Duration time.Duration

// Std is the span as the standard library's type.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// UnmarshalText reads "90s", "1h30m", "14d" or "1d12h".
func (d *Duration) UnmarshalText(b []byte) (err error) {
	span, err := units.Span(string(b))
	if err == nil {
		*d = Duration(span)
	}
	return err
}

// MarshalText writes it the way it is read.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// String is the shortest notation: 14d, 1h30m, 10s.
func (d Duration) String() string { return units.SpanText(d.Std()) }

// Size is a number of bytes. K, M, G and T are powers of 1024, as in JupyterHub's mem_limit.
type Size int64

// UnmarshalText reads "2G", "512M", "1.5G" or a number of bytes; "0" is nothing.
func (s *Size) UnmarshalText(b []byte) error {
	n, err := units.Bytes(string(b))
	if err == nil {
		*s = Size(n)
	}
	return err
}

// String is the shortest notation: 2G, 512M, 1000.
func (s Size) String() string { return units.BytesText(int64(s)) }

// MarshalText writes it the way it is read.
func (s Size) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UIDRange is the first and the last of a range of user ids.
type UIDRange [2]uint32

// UnmarshalText reads "FIRST-LAST".
func (r *UIDRange) UnmarshalText(b []byte) error {
	first, last, ok := strings.Cut(string(b), "-")
	lo, err1 := strconv.ParseUint(strings.TrimSpace(first), 10, 32)
	hi, err2 := strconv.ParseUint(strings.TrimSpace(last), 10, 32)
	if !ok || err1 != nil || err2 != nil || lo > hi {
		return fmt.Errorf("%q is not a range of user ids; write FIRST-LAST, as 200000-299999", b)
	}
	*r = UIDRange{uint32(lo), uint32(hi)}
	return nil
}

// String writes it the way it is read.
func (r UIDRange) String() string { return fmt.Sprintf("%d-%d", r[0], r[1]) }

// MarshalText writes it the way it is read.
func (r UIDRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Packages are Python packages, each a line of a requirements file.
type Packages []string

// UnmarshalText reads a JSON list, names separated by commas, or the path of a
// requirements file.
func (p *Packages) UnmarshalText(b []byte) error {
	if path := strings.TrimSpace(string(b)); strings.HasPrefix(path, "/") {
		*p = Packages{"-r " + path}
		return nil
	}
	var list []string
	if err := setList(reflect.ValueOf(&list).Elem(), string(b)); err != nil {
		return err
	}
	*p = list
	return nil
}

// readNode reads what YAML has at a key: a list, or the path of a requirements file.
func (p *Packages) readNode(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		path, ok := scalar(n)
		if !ok || !strings.HasPrefix(path, "/") {
			return errors.New(`a list is expected here, as ["numpy", "pandas>=2"], or the whole path of a requirements file`)
		}
		*p = Packages{"-r " + path}
		return nil
	}
	list := Packages{}
	for _, item := range n.Content {
		text, ok := scalar(item)
		if !ok {
			return errors.New("the list holds something that is no text")
		}
		list = append(list, strings.TrimSpace(text))
	}
	*p = list
	return nil
}

// badPackage is what is wrong with a line; empty where nothing is.
func badPackage(line string) string {
	switch {
	case line == "":
		return "one is empty"
	case strings.ContainsAny(line, "\r\n\x00"):
		return "one holds more than a line"
	case strings.HasPrefix(line, "."), strings.HasPrefix(line, "/"):
		return fmt.Sprintf("%q is no package; a requirements file is named by '-r /its/path', a package in a folder by 'NAME @ file:///its/path'", line)
	}
	option, rest, _ := strings.Cut(line, " ")
	for _, file := range []string{"-r", "-c", "--requirement", "--constraint"} {
		if option == file && !strings.HasPrefix(strings.TrimSpace(rest), "/") {
			return fmt.Sprintf("%q: write the whole path of the file", line)
		}
	}
	return ""
}
