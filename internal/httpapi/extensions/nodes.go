package extensions

import (
	"encoding/json"
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// nodeModel is a machine that runs servers, or did.
type nodeModel struct {
	ID       string `json:"id"`
	Host     string `json:"host"`
	Homes    string `json:"homes"`
	Servers  int    `json:"servers"`
	LastSeen any    `json:"last_seen"`
}

func (a *API) listNodes(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	nodes, err := a.app.ListNodes(r.Context(), who)
	if err != nil {
		return err
	}
	models := make([]nodeModel, len(nodes))
	for i, n := range nodes {
		models[i] = nodeModel{n.ID, n.Host, n.Folder, n.Servers, endpoint.Timestamp(n.LastSeen)}
	}
	endpoint.WriteJSON(w, http.StatusOK, models)
	return nil
}

// bulkForget returns up servers whose machine is gone: all of a node, or those of the rows.
func (a *API) bulkForget(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	var node string
	var rows []servers.ServerRow
	raw, err := endpoint.ReadJSON(r)
	if err == nil {
		node, rows, err = forgetBody(raw)
	}
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, "admin:servers"), err)
	}
	results, err := a.app.Forget(r.Context(), who, node, rows)
	return writeResults(w, r, results, err)
}

func forgetBody(raw json.RawMessage) (node string, rows []servers.ServerRow, err error) {
	o, err := objectOf(raw, "node", "servers")
	if err != nil {
		return "", nil, err
	}
	node, given, err := o.StringField("node")
	if err != nil {
		return "", nil, err
	}
	if given == (o["servers"] != nil) || given && node == "" {
		return "", nil, hub.Errorf(hub.Invalid, "The body must say a node or a list of servers, one of both")
	}
	if given {
		return node, nil, nil
	}
	var list []json.RawMessage
	if o["servers"][0] != '[' || json.Unmarshal(o["servers"], &list) != nil {
		return "", nil, hub.Errorf(hub.Invalid, "servers must be a list")
	}
	if len(list) > access.MaxBulk {
		return "", nil, hub.Errorf(hub.TooLarge, "%d rows in one request; send at most %d", len(list), access.MaxBulk)
	}
	rows, err = endpoint.RowsOf("servers", list, func(o endpoint.JSONObject) (servers.ServerRow, error) { return serverRow(o) })
	return "", rows, err
}
