package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
)

// ServerRow is one server of a bulk request; Options nil means those of the last time.
type ServerRow struct {
	Username   string          `json:"username"`
	ServerName string          `json:"server_name"`
	Options    json.RawMessage `json:"options,omitempty"`
}

// ServersRequest is many servers to start or stop.
type ServersRequest struct {
	Key    string // chosen by the client; see CheckKey
	DryRun bool   // say what would become of the rows, and do nothing
	Rows   []ServerRow
}

// errForeseen takes a dry run back.
var errForeseen = errors.New("a dry run")

// BulkStart asks for servers to run, in one transaction, one result a row: started,
// running (or on its way), not_found or failed. It does not wait for them.
func (a *App) BulkStart(ctx context.Context, r *Requester, req ServersRequest) ([]RowResult, error) {
	if err := mayBulk(r, "start:servers", req.Key, len(req.Rows)); err != nil {
		return nil, err
	}
	a.LookFirst(ctx, r, req.Rows...)
	return a.bulkServers(ctx, r, "start:servers", req, func(tx data.Tx, row ServerRow, x *RowResult) error {
		s, err := a.startServer(ctx, tx, r, row.Username, row.ServerName, StartRequest{Options: row.Options})
		x.Status = RowStarted
		if err != nil && s.Phase == hub.Ready {
			x.Status, err = RowRunning, nil
		} else if err == nil && s.RequestID != r.RequestID {
			x.Status = RowRunning
		}
		return err
	})
}

// BulkStop asks for servers to stop, likewise: stopped, not_running, not_found or failed.
func (a *App) BulkStop(ctx context.Context, r *Requester, req ServersRequest) ([]RowResult, error) {
	return a.bulkServers(ctx, r, "delete:servers", req, func(tx data.Tx, row ServerRow, x *RowResult) error {
		u, named, err := a.serverOwner(ctx, tx, r, row.Username, row.ServerName, "delete:servers")
		if err != nil {
			return err
		}
		s, err := a.existing(ctx, tx, u, named)
		if err != nil {
			return err
		}
		x.Status = RowStopped
		if !s.Active() {
			x.Status = RowNotRunning
			return nil
		}
		return a.wishStopped(ctx, tx, r, s, false)
	})
}

func (a *App) bulkServers(ctx context.Context, r *Requester, scope string, req ServersRequest,
	do func(tx data.Tx, row ServerRow, x *RowResult) error,
) (results []RowResult, err error) {
	if err := mayBulk(r, scope, req.Key, len(req.Rows)); err != nil {
		return nil, err
	}
	again := newRepeat(r, keyOf(req.Key, req.DryRun), scope, req.Rows)
	checked := serverRows(req.Rows)
	err = a.store.Update(ctx, func(tx data.Tx) error {
		results = slices.Clone(checked)
		if done, err := again.former(ctx, tx, &results); done || err != nil {
			return err
		}
		for i, row := range req.Rows {
			if x := &results[i]; x.Status == "" {
				if err := x.fail(do(tx, row, x)); err != nil {
					return err
				}
			}
		}
		if req.DryRun {
			return errForeseen
		}
		return again.keep(ctx, tx, results)
	})
	if errors.Is(err, errForeseen) {
		err = nil
	}
	return results, err
}

// serverRows are the results to fill in; a server named twice fails its second row.
func serverRows(rows []ServerRow) []RowResult {
	results := make([]RowResult, len(rows))
	type server struct{ user, name string }
	seen := map[server]bool{}
	for i, row := range rows {
		x := &results[i]
		x.Username, x.ServerName = shownName(row.Username), shownName(row.ServerName)
		if name, err := hub.UserName(row.Username); err == nil {
			x.Username = name
		}
		this := server{x.Username, row.ServerName}
		if seen[this] {
			x.Status, x.Message = RowFailed, "This server is named twice in this request"
		}
		seen[this] = true
	}
	return results
}
