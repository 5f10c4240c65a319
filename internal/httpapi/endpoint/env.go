// Package endpoint is what the handlers of all endpoints share: what a route says of its
// requests (route.go), who asks (requester.go, cookies.go, xsrf.go), what they sent
// (jsonbody.go, form.go, query.go, bodylimit.go), where that leads (next.go, hosts.go), and
// how they are answered (answers.go). errors.go is the one place that turns errors into
// statuses. It knows no handler and no page.
package endpoint

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

// Options is what an Env is made from.
type Options struct {
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
// tokens that count there. Make it with New.
type Env struct {
	opts         Options
	App          *app.App
	Base         string // ends with a slash
	Hub          string // Base + "hub/"
	Site         hub.Site
	clock        hub.Clock
	cross        *http.CrossOriginProtection
	bodies       *bodyLimiter // under way
	unreadQuotas *Quotas      // of large responses
}

// New makes an Env, or says what is wrong with the options.
func New(o Options) (*Env, error) {
	e := &Env{
		opts: o, App: o.App, Base: o.Base, Hub: o.Base + "hub/", clock: o.Clock,
		Site:  hub.Site{Base: o.Base, Origin: strings.TrimSuffix(o.PublicURL, "/"), Label: o.App.Config().Label},
		cross: http.NewCrossOriginProtection(), bodies: newBodyLimiter(), unreadQuotas: NewQuotas(maxOwnUnread),
	}
	if err := checkAncestors(o, e.Site); err != nil {
		return nil, err
	}
	if o.PublicURL != "" {
		if err := e.cross.AddTrustedOrigin(strings.TrimSuffix(o.PublicURL, "/")); err != nil {
			return nil, fmt.Errorf("public URL: %w", err)
		}
	}
	return e, nil
}
