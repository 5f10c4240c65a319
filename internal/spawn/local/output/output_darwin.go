package output

// widen has nothing to do: pipes are as wide as they are.
func widen(int, bool) {}
