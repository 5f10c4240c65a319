package sheet

import (
	"context"
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// numberFormat is what we keep of how a number is shown: 0 plain, n > 0 at least so many digits, or one of those below.
type numberFormat int

const (
	plain    numberFormat = 0
	date     numberFormat = -1
	dateTime numberFormat = -2
	clock    numberFormat = -3
)

// readFormats gives the format of each style, in the order in which cells count them.
func (p *excelPackage) readFormats(ctx context.Context, name string) ([]numberFormat, error) {
	custom := map[string]numberFormat{}
	var formats []numberFormat
	in := ""
	err := p.each(ctx, name, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "cellXfs", "cellStyleXfs", "dxfs":
			in = e.Name.Local
		case "numFmt":
			if in != "dxfs" {
				custom[attr(e, "numFmtId")] = formatOf(attr(e, "formatCode"))
			}
		case "xf":
			if in != "cellXfs" {
				return nil
			}
			id := attr(e, "numFmtId")
			format, ok := custom[id]
			if !ok {
				format = builtIn(id)
			}
			formats = append(formats, format)
		}
		return nil
	})
	return formats, err
}

// builtIn knows the formats that files do not spell out (ECMA-376 part 1, §18.8.30), and those of East Asia.
func builtIn(id string) numberFormat {
	switch n, err := strconv.Atoi(id); {
	case err != nil:
		return plain
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57, n == 58:
		return date
	case n == 22:
		return dateTime
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n >= 45 && n <= 47, n == 55, n == 56:
		return clock
	}
	return plain
}

// formatOf looks at the section of a format code for positive numbers.
func formatOf(code string) numberFormat {
	var letters strings.Builder
	for i := 0; i < len(code) && code[i] != ';'; i++ {
		switch c := code[i]; c {
		case '\\', '_', '*': // the next one is shown, is a width, is repeated
			i++
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return plain
			}
			i += 1 + end
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return plain
			}
			if inside := strings.ToLower(code[i+1 : i+end]); inside != "" && strings.Trim(inside, string(inside[0])) == "" {
				letters.WriteString(inside) // [h]: hours that have passed
			}
			i += end
		default:
			letters.WriteByte(c)
		}
	}
	shown := strings.ToLower(letters.String())
	if strings.Trim(shown, "0") == "" {
		return numberFormat(len(shown))
	}
	if strings.Contains(shown, "general") {
		return plain
	}
	days, hours := strings.ContainsAny(shown, "yd"), strings.ContainsAny(shown, "hs")
	switch {
	case days && hours:
		return dateTime
	case hours:
		return clock
	case days, strings.Contains(shown, "mmm"):
		return date
	}
	return plain
}

// show writes a number; ok is false if it is none.
func (f numberFormat) show(value string, from1904 bool) (text string, ok bool) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return "", false
	}
	if f < 0 {
		if text, ok := f.when(n, from1904); ok {
			return text, true
		}
	}
	// Excel knows fifteen digits; the others are noise: 0.1+0.2 is 0.3.
	if n, err = strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64); err != nil {
		return "", false
	}
	text = strconv.FormatFloat(n, 'f', -1, 64)
	if text == "-0" {
		text = "0"
	}
	if zeros := int(f) - len(text); zeros > 0 && n >= 0 && n == math.Trunc(n) {
		text = strings.Repeat("0", zeros) + text
	}
	return text, true
}

const (
	secondsOfDay = 24 * 60 * 60
	lastDay      = 2_958_466 // after 9999-12-31
)

// when reads days since 1900, or 1904. Excel takes 1900 for a leap year: its days before March 1900 are one off.
func (f numberFormat) when(days float64, from1904 bool) (string, bool) {
	if days < 0 || days >= lastDay {
		return "", false
	}
	seconds := int64(math.Round(days * secondsOfDay))
	if f == clock {
		return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60), true
	}
	begin := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		begin = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	} else if days < 60 {
		begin = begin.AddDate(0, 0, 1)
	}
	at := begin.AddDate(0, 0, int(seconds/secondsOfDay)).Add(time.Duration(seconds%secondsOfDay) * time.Second)
	if f == date {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}
