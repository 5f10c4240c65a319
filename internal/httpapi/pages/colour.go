package pages

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// colour is one of the screen's: red, green and blue from 0 to 255.
type colour [3]float64

var hexColour = regexp.MustCompile(`^#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})$`)

// parseColour reads "#1c5d99".
func parseColour(text string) (c colour, err error) {
	m := hexColour.FindStringSubmatch(text)
	if m == nil {
		return c, errors.New("is no colour such as #1c5d99")
	}
	for i := range c {
		n, _ := strconv.ParseUint(m[i+1], 16, 8) // the pattern has seen to it
		c[i] = float64(n)
	}
	return c, nil
}

func (c colour) String() string {
	return fmt.Sprintf("#%02x%02x%02x", uint8(math.Round(c[0])), uint8(math.Round(c[1])), uint8(math.Round(c[2])))
}

// luminance is how bright it is, from 0 to 1 (WCAG 2.2).
func (c colour) luminance() float64 {
	weights := [3]float64{0.2126, 0.7152, 0.0722}
	sum := 0.0
	for i, part := range c {
		part /= 255
		if part <= 0.04045 {
			part /= 12.92
		} else {
			part = math.Pow((part+0.055)/1.055, 2.4)
		}
		sum += weights[i] * part
	}
	return sum
}

// contrast is how well one is told from the other, from 1 to 21.
func contrast(a, b colour) float64 {
	x, y := a.luminance(), b.luminance()
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// toward is that share of the way to another colour.
func (c colour) toward(other colour, share float64) (mixed colour) {
	for i := range c {
		mixed[i] = math.Round(c[i] + (other[i]-c[i])*share)
	}
	return mixed
}

// leastContrast is that of text and what it stands on (WCAG AA).
const leastContrast = 4.5

// scheme is what a colour is seen on: the page, its surfaces, and what lies below them, as style.css has them.
type scheme struct {
	grounds [3]colour
	end     colour // toward which a colour becomes readable there
}

func lightScheme() scheme {
	return scheme{[3]colour{{0xff, 0xff, 0xff}, {0xf5, 0xf6, 0xf8}, {0xee, 0xf0, 0xf3}}, colour{}}
}

func darkScheme() scheme {
	return scheme{[3]colour{{0x1b, 0x20, 0x27}, {0x13, 0x17, 0x1c}, {0x23, 0x2a, 0x32}}, colour{255, 255, 255}}
}

// worst is the least contrast that a colour has there.
func (s scheme) worst(c colour) float64 {
	return min(contrast(c, s.grounds[0]), contrast(c, s.grounds[1]), contrast(c, s.grounds[2]))
}

// readable is the colour itself, or the nearest on the way to the end in which text can be read there.
func (s scheme) readable(c colour) colour {
	for share := 0.0; share < 1; share += 0.02 {
		if mixed := c.toward(s.end, share); s.worst(mixed) >= leastContrast {
			return mixed
		}
	}
	return s.end
}

// variables are those of style.css that follow from the one colour: buttons have it, with the better of black and white
// on it, and text the nearest that can be read.
func (s scheme) variables(c colour) string {
	on, away := colour{255, 255, 255}, colour{}
	if contrast(c, on) < leastContrast {
		on, away = away, on
	}
	link := s.readable(c)
	return fmt.Sprintf("--at-accent:%s;--at-accent-hover:%s;--at-on-accent:%s;--at-link:%s;--at-focus:%s", c, c.toward(away, 0.15), on, link, link)
}

// Colours are the accents of a hub's pages: of buttons, links, and what has the focus.
type Colours struct {
	Light string // "#1c5d99"; empty is Atrium's
	Dark  string // where the browser is dark; empty is the light one, made readable there
}

// style is the style sheet for them; nil where they are Atrium's.
func (c Colours) style() ([]byte, error) {
	light, dark := "", ""
	for _, one := range []struct {
		text   string
		into   *string
		scheme scheme
	}{{c.Light, &light, lightScheme()}, {firstOf(c.Dark, c.Light), &dark, darkScheme()}} {
		if one.text == "" {
			continue
		}
		parsed, err := parseColour(one.text)
		if err != nil {
			return nil, fmt.Errorf("%q %w", one.text, err)
		}
		*one.into = ":root{" + one.scheme.variables(parsed) + "}\n"
	}
	if light == "" && dark == "" {
		return nil, nil
	}
	if dark != "" {
		dark = "@media (prefers-color-scheme:dark){" + dark + "}\n"
	}
	return []byte(light + dark), nil
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// ContrastWarning says where text in the colour could not be read, and what is shown instead; empty where it can be, or
// where it is no colour. dark is about browsers that are.
func ContrastWarning(text string, dark bool) string {
	c, err := parseColour(text)
	if err != nil {
		return ""
	}
	s, ground := lightScheme(), "a light ground"
	if dark {
		s, ground = darkScheme(), "a dark ground"
	}
	if s.worst(c) >= leastContrast {
		return ""
	}
	return fmt.Sprintf("%s has a contrast of %.1f on %s, and text needs %.1f: links are shown in %s instead", text, s.worst(c), ground, leastContrast, s.readable(c))
}
