// Package units reads and writes time spans and sizes, as people write them.
package units

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var days = regexp.MustCompile(`^(\d+)d`)

const day = 24 * time.Hour

// Span reads "90s", "1h30m", "14d" or "1d12h".
func Span(text string) (total time.Duration, err error) {
	s := text
	if m := days.FindStringSubmatch(s); m != nil {
		n, err := strconv.Atoi(m[1])
		if err != nil || n > 100_000 {
			return 0, fmt.Errorf("%q is too long", s)
		}
		total = time.Duration(n) * day
		s = s[len(m[0]):]
	}
	if s != "" {
		rest, err := time.ParseDuration(s)
		if err != nil {
			return 0, fmt.Errorf("%q is not a time span; write 90s, 15m, 12h or 14d", text)
		}
		total += rest
	}
	if total < 0 || text == "" {
		return 0, fmt.Errorf("%q is not a time span; write 90s, 15m, 12h or 14d", text)
	}
	return total, nil
}

// SpanText is the shortest notation: 14d, 1h30m, 10s.
func SpanText(d time.Duration) string {
	if d > 0 && d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

const sizeUnits = "KMGT"

var sizes = regexp.MustCompile(`^(\d+(?:\.\d+)?)([` + sizeUnits + `]?)$`)

// Bytes reads "2G", "512M", "1.5G" or a number of bytes; "0" is nothing.
func Bytes(text string) (int64, error) {
	m := sizes.FindStringSubmatch(text)
	if m == nil {
		return 0, fmt.Errorf("%q is not a size; write 512M, 2G or a number of bytes", text)
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if m[2] != "" {
		n *= float64(int64(1) << (10 * (1 + strings.Index(sizeUnits, m[2]))))
	}
	if err != nil || n > 1<<60 {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return int64(n), nil
}

// BytesText is the shortest notation: 2G, 512M, 1000.
func BytesText(n int64) string {
	unit := ""
	for i := 0; i < len(sizeUnits) && n != 0 && n%1024 == 0; i++ {
		n, unit = n/1024, sizeUnits[i:i+1]
	}
	return strconv.FormatInt(n, 10) + unit
}
