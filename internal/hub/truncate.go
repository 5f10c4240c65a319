package hub

// Truncate is at most the first n bytes of a text that somebody sent.
func Truncate(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
