package language

// Catalogue is the German of all texts.
func Catalogue() map[string]string { return german().exact }
