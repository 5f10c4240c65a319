package client_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

const (
	liveToken = "0123456789abcdef0123456789abcdef"
	patience  = hubtest.Patience
)

// programs are what the tests start besides JupyterHub.
func programs(t *testing.T) hubtest.Programs {
	t.Helper()
	hubtest.Variable(t, "HUBTEST_PYTHON") // without what the tests use, no hub is started at all
	found, err := hubtest.Build(hubtest.Folder(t), "..")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// startJupyterHub starts a stock JupyterHub, with a base URL, and gives its address.
func startJupyterHub(t *testing.T) string {
	t.Helper()
	url := "http://" + hubtest.FreeAddr(t) + "/base"
	hubtest.StartJupyterHub(t, hubtest.JupyterHub{URL: url, Token: liveToken, Command: []string{programs(t).Notebook}})
	return url
}

// startAtrium starts the binary that is built, or named, and gives its address.
func startAtrium(t *testing.T) string {
	t.Helper()
	addr, found := hubtest.FreeAddr(t), programs(t)
	hubtest.StartAtrium(t, hubtest.Atrium{
		Program: found.Atrium, Addr: addr, Password: "secret of the administrator", Token: liveToken,
		Config: fmt.Sprintf("admin: {username: admin}\nauth: {dummy: {password: secret}}\nservers: {named_limit: 5, stop_with_hub: true}\n"+
			"spawner: {local: {command: [%s]}}\n", hubtest.Quote(found.Notebook)),
	})
	return "http://" + addr
}

// connect gives a client of the hub once that answers: its proxy may be up before it.
func connect(t *testing.T, url string) *client.Client {
	t.Helper()
	hub, err := client.New(client.Options{URL: url, Token: liveToken})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		_, err := hub.Hub(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
	return hub
}
