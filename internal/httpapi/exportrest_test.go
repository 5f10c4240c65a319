package httpapi

import "github.com/atriumhub/atrium/internal/hub"

// ReadyEvent is the event of a server that is ready.
func ReadyEvent(env *Env, server hub.Server) map[string]any {
	return (&stream{api: newREST(env, restOptions{})}).readyEvent(server)
}
