package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/atriumhub/atrium/client"
)

// Lists a hub's administrators, and asks for somebody who is not there.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(answerLikeAHub)) // in place of a hub
	defer server.Close()

	hub, err := client.New(client.Options{URL: server.URL, Token: "0123456789abcdef"})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	info, err := hub.Hub(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("JupyterHub", info.Version, "Atrium:", info.IsAtrium())

	for user, err := range hub.Users(ctx, client.UserQuery{Sort: "name"}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if user.Admin {
			fmt.Println("administrator:", user.Name)
		}
	}

	if _, err := hub.User(ctx, "nobody"); errors.Is(err, client.ErrNotFound) {
		fmt.Println("nobody is not there")
	}

	// Output:
	// JupyterHub 5.4.0 Atrium: false
	// administrator: ann
	// nobody is not there
}

func answerLikeAHub(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/hub/api/":
		fmt.Fprint(w, `{"version": "5.4.0"}`)
	case "/hub/api/users":
		fmt.Fprint(w, `{"items": [{"name": "ann", "admin": true}, {"name": "bob", "admin": false}],
			"_pagination": {"offset": 0, "limit": 200, "total": 2, "next": null}}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"status": 404, "message": "Not Found"}`)
	}
}
