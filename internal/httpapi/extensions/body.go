package extensions

import (
	"encoding/json"
	"net/http"

	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
)

// readObject reads a body that is an object with no other keys than those.
func readObject(r *http.Request, keys ...string) (endpoint.JSONObject, error) {
	raw, err := endpoint.ReadJSON(r)
	if err != nil {
		return nil, err
	}
	return objectOf(raw, keys...)
}

func objectOf(raw json.RawMessage, keys ...string) (endpoint.JSONObject, error) {
	o, ok := endpoint.AsObject(raw)
	if !ok {
		return nil, hub.Errorf(hub.Invalid, "The body must be a JSON object")
	}
	return o, o.CheckKeys(keys...)
}
