package login

import "strings"

// Device is what a browser says of itself, in a word each; empty is what it does not say.
type Device struct{ Browser, System string }

// A mark in a user agent stands for a name. The first that is there counts: most browsers also
// claim to be those that were there before them.
type mark struct{ in, name string }

func browserMarks() []mark {
	return []mark{
		{"Edg/", "Edge"},
		{"EdgA/", "Edge"},
		{"EdgiOS/", "Edge"},
		{"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chromium/", "Chromium"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"python-requests/", "Python"},
		{"Python-urllib/", "Python"},
	}
}

func systemMarks() []mark {
	return []mark{
		{"Windows", "Windows"},
		{"Android", "Android"},
		{"iPhone", "iPhone"},
		{"iPad", "iPad"},
		{"CrOS", "ChromeOS"},
		{"Macintosh", "macOS"},
		{"Linux", "Linux"},
	}
}

// DeviceOf reads a user agent. Anybody may send any: it helps people to tell their own
// sessions apart, and proves nothing.
func DeviceOf(userAgent string) Device {
	return Device{Browser: firstMark(browserMarks(), userAgent), System: firstMark(systemMarks(), userAgent)}
}

func firstMark(marks []mark, in string) string {
	for _, m := range marks {
		if strings.Contains(in, m.in) {
			return m.name
		}
	}
	return ""
}
