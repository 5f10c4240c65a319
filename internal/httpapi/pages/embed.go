package pages

import "embed"

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static
var staticFiles embed.FS
