package engine

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// clean puts U+FFFD where a text holds what PostgreSQL cannot: NUL and invalid
// UTF-8. They come in with what servers and browsers say.
func clean(args []any) []any {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = CleanText(s)
		}
	}
	return args
}

// CleanText puts U+FFFD where a text holds what PostgreSQL cannot.
func CleanText(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// Texts is a list of texts as one parameter.
func Texts(list []string) string {
	cleaned := make([]string, len(list))
	for i, s := range list {
		cleaned[i] = CleanText(s)
	}
	return ToJSON(cleaned)
}

// Numbers is a list of ids as one parameter.
func Numbers(list []int64) string {
	if list == nil {
		list = []int64{}
	}
	return ToJSON(list)
}

// Times is a map of ids or keys to times as one parameter: a list of pairs.
func Times[K int64 | string](m map[K]time.Time) string {
	pairs := make([][]any, 0, len(m))
	for k, at := range m {
		pairs = append(pairs, []any{k, Micros(at)})
	}
	return Tuples(pairs)
}

// Tuples is a list of rows as one parameter; see Dialect.Records.
func Tuples(list [][]any) string {
	for _, row := range list {
		clean(row)
	}
	return ToJSON(list)
}

// ToJSON is for values that always have a JSON form.
func ToJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic("engine: " + err.Error())
	}
	return string(b)
}

// Object is a JSON object as it is kept: "{}" for none.
func Object(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return "{}"
	}
	return string(raw)
}

// Micros is a time as it is kept: 0 for none.
func Micros(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

// OrNull is a reference as it is kept: NULL for none.
func OrNull[T int64 | string](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

// timeInto scans a time.
type timeInto struct{ at *time.Time }

func (t timeInto) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time is kept as %T", src)
	}
	*t.at = time.Time{}
	if n != 0 {
		*t.at = hub.Micro(time.UnixMicro(n))
	}
	return nil
}

// At scans into a time.
func At(dest *time.Time) any { return timeInto{dest} }

// jsonInto scans JSON text.
type jsonInto struct{ v any }

func (j jsonInto) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON is kept as %T", src)
	}
	return json.Unmarshal([]byte(text), j.v)
}

// JSON scans into what an object says; nothing is read of an empty one.
func JSON(dest any) any { return objectInto{jsonInto{dest}} }

type objectInto struct{ jsonInto }

func (o objectInto) Scan(src any) error {
	if text, ok := src.(string); ok && text == "{}" {
		return nil // as of nearly all
	}
	return o.jsonInto.Scan(src)
}

// List scans into a list of texts.
func List(dest *[]string) any { return jsonInto{dest} }

// rawInto scans JSON text without reading it; an empty text is nil.
type rawInto struct{ raw *json.RawMessage }

func (r rawInto) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("JSON is kept as %T", src)
	}
	*r.raw = nil
	if text != "" {
		*r.raw = json.RawMessage(text)
	}
	return nil
}

// Raw scans into a JSON value.
func Raw(dest *json.RawMessage) any { return rawInto{dest} }

// Limit is a LIMIT: 0 is none.
func Limit(n int) int64 {
	if n <= 0 {
		return math.MaxInt64
	}
	return int64(n)
}
