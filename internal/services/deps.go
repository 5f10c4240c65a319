package services

import (
	"sync/atomic"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/mirror"
)

// Config is what services need to know of the configuration.
type Config struct {
	Site       hub.Site
	ConnectURL string // scheme://host:port under which services reach the hub
}

// Deps is what Services is made from.
type Deps struct {
	Config Config
	Store  data.Store
	Policy *access.Policy
	Rights *access.Rights
	Routes *mirror.Routes
}

// Services shows, makes and deletes services, and shows the proxy's table of routes. Which
// services are served is read from memory, all else from the database.
type Services struct {
	cfg        Config
	store      data.Store
	policy     *access.Policy
	rights     *access.Rights
	routes     *mirror.Routes
	servicePID atomic.Pointer[func(name string) int]
	serviceUse atomic.Pointer[func() map[int64]time.Time]
}

// New makes Services.
func New(d Deps) *Services {
	return &Services{cfg: d.Config, store: d.Store, policy: d.Policy, rights: d.Rights, routes: d.Routes}
}
