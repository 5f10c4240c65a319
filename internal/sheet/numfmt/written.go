package numfmt

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/atriumhub/atrium/internal/sheet/grid"
)

// BuiltIn knows the formats that files do not spell out (ECMA-376 part 1, §18.8.30), and those of East Asia.
func BuiltIn(id string) *Format {
	kind := plain
	switch n, err := strconv.Atoi(id); {
	case err != nil:
	case n >= 14 && n <= 17, n >= 27 && n <= 31, n == 36, n >= 50 && n <= 54, n == 57, n == 58:
		kind = date
	case n == 22:
		kind = dateTime
	case n >= 18 && n <= 21, n >= 32 && n <= 35, n >= 45 && n <= 47, n == 55, n == 56:
		kind = clock
	}
	return &Format{numbers: []section{{kind: kind}}}
}

// most is the largest whole number such that it and all below it are told from their neighbours: 2^53.
const most = 1 << 53

// exact is from where on a spreadsheet shows that it knows fifteen digits only.
const exact = 1e15

// written writes a number out.
func written(value string, n float64) (string, error) {
	if n == math.Trunc(n) {
		text := strconv.FormatFloat(n, 'f', -1, 64)
		if text == "-0" {
			text = "0"
		}
		whole := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(value, "-"), "+"), "0")
		if math.Abs(n) > most || math.Abs(n) == most && strings.Trim(whole, "0123456789") == "" && whole != strings.TrimPrefix(text, "-") {
			return "", grid.BadCell("holds a whole number with more digits than a spreadsheet keeps: format the column as text, and write it again")
		}
		return text, nil
	}
	if math.Abs(n) >= exact {
		return "", grid.BadCell("holds a number with more digits than a spreadsheet keeps: format the column as text, and write it again")
	}
	// The digits after the fifteenth are noise: 0.1+0.2 is 0.3.
	n, err := strconv.ParseFloat(strconv.FormatFloat(n, 'g', 15, 64), 64)
	if err != nil {
		return "", grid.Fatal(0, grid.Damaged)
	}
	return strconv.FormatFloat(n, 'f', -1, 64), nil
}

const (
	secondsOfDay = 24 * 60 * 60
	lastDay      = 2_958_466 // after 9999-12-31
)

// when reads days since 1900, or 1904. Excel takes 1900 for a leap year: its days before March 1900 are one off.
func (k kind) when(days float64, from1904 bool) (string, bool) {
	if days < 0 || days >= lastDay {
		return "", false
	}
	seconds := int64(math.Round(days * secondsOfDay))
	if k == clock {
		return fmt.Sprintf("%02d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60), true
	}
	begin := time.Date(1899, time.December, 30, 0, 0, 0, 0, time.UTC)
	if from1904 {
		begin = time.Date(1904, time.January, 1, 0, 0, 0, 0, time.UTC)
	} else if days < 60 {
		begin = begin.AddDate(0, 0, 1)
	}
	at := begin.AddDate(0, 0, int(seconds/secondsOfDay)).Add(time.Duration(seconds%secondsOfDay) * time.Second)
	if k == date {
		return at.Format(time.DateOnly), true
	}
	return at.Format(time.DateTime), true
}
