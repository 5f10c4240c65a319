package rest

import (
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// ReadyEvent is the event of a server that is ready.
func ReadyEvent(env *endpoint.Env, server hub.Server) map[string]any {
	return (&stream{api: New(env, Options{})}).readyEvent(server)
}

// What tests look at.
const (
	MaxStreams = maxStreams
	PagedMedia = pagedMedia
)

// Pagination is the position of a page.
type Pagination = pagination

// Ordinal is ordinal.
func Ordinal(n int) string { return ordinal(n) }
