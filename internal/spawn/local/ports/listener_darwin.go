package ports

// ListensAs cannot be known here.
func ListensAs(uint32, int) bool { return true }
