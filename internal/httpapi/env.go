package httpapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

// envOptions is what an Env is made from.
type envOptions struct {
	App            *app.App
	Base           string // "/" or "/prefix/"
	XSRFKey        []byte
	TrustedProxies []netip.Prefix // whose X-Forwarded headers are believed
	PublicURL      string         // scheme://host[:port] of the hub's own pages, empty when not configured
	// FrameAncestors are the origins, https://host[:port], whose pages may show the hub in
	// a frame. They need HTTPS and domains for each person. Empty: nobody's.
	FrameAncestors []string
	Clock          hub.Clock
}

// Env is what all handlers know of where they are: the hub's addresses, and the cookies and
// tokens that count there. Make it with newEnv.
type Env struct {
	opts         envOptions
	app          *app.App
	base         string // ends with a slash
	hub          string // base + "hub/"
	site         hub.Site
	clock        hub.Clock
	cross        *http.CrossOriginProtection
	bodies       *bodyLimiter // under way
	unreadQuotas *quotas      // of large responses
}

// newEnv makes an Env, or says what is wrong with the options.
func newEnv(o envOptions) (*Env, error) {
	e := &Env{
		opts: o, app: o.App, base: o.Base, hub: o.Base + "hub/", clock: o.Clock,
		site:  hub.Site{Base: o.Base, Origin: strings.TrimSuffix(o.PublicURL, "/"), Label: o.App.Config().Label},
		cross: http.NewCrossOriginProtection(), bodies: newBodyLimiter(), unreadQuotas: newQuotas(maxOwnUnread),
	}
	if err := checkAncestors(o, e.site); err != nil {
		return nil, err
	}
	if o.PublicURL != "" {
		if err := e.cross.AddTrustedOrigin(strings.TrimSuffix(o.PublicURL, "/")); err != nil {
			return nil, fmt.Errorf("public URL: %w", err)
		}
	}
	return e, nil
}
