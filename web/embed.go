// Package web holds the built pages, to be embedded in the binary. Before the first
// build there is only a placeholder, so that Go compiles; the pages say so then.
package web

import "embed"

// Dist is the folder dist with what Vite has built: its manifest, and the assets
// with their compressed forms.
//
//go:embed all:dist
var Dist embed.FS
