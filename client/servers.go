package client

import (
	"encoding/json"
	"time"
)

// Server is a person's server as the hub knows it.
type Server struct {
	Name         string          `json:"name"` // empty for the default server
	DisplayName  string          `json:"display_name"`
	FullName     string          `json:"full_name"` // "user/name"
	URL          string          `json:"url"`       // its path
	ProgressURL  string          `json:"progress_url"`
	Ready        bool            `json:"ready"`
	Stopped      bool            `json:"stopped"`       // neither ready nor on its way
	Pending      string          `json:"pending"`       // "spawn", "stop" …; empty for nothing
	Started      time.Time       `json:"started"`       // UTC; zero while stopped
	LastActivity time.Time       `json:"last_activity"` // UTC; zero for none
	UserOptions  json.RawMessage `json:"user_options"`  // of the last start
	State        json.RawMessage `json:"state"`         // where it lives, for those who may see it

	// Atrium's own.
	Phase      string `json:"phase"`
	Failure    string `json:"failure"`     // why the last start failed
	QueuePlace int    `json:"queue_place"` // from 1, while it waits to start; 0 otherwise
}
