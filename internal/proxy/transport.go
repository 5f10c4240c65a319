package proxy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// newTransport makes a Transport for servers: HTTP/1.1 without compression or an
// HTTP proxy in between. It has no time limit for responses: some take hours.
func newTransport(dial dialFunc) *http.Transport {
	return &http.Transport{
		DialContext:            dial,
		DisableCompression:     true,
		MaxIdleConns:           8192,
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        2 * sweepInterval, // as long as connPool at most
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// upstreamTransport connects to notebook servers, or to services. The two are separate
// because services' addresses are not verified: a connection to a service must not be
// reused for a server at the same address.
type upstreamTransport struct {
	dial      dialFunc
	transport *http.Transport // for requests that are not poolable
}

func newUpstreamTransport(verify func(net.Addr) error) upstreamTransport {
	dial := dialer(verify)
	return upstreamTransport{dial: dial, transport: newTransport(dial)}
}

// upstreamTransport is the one for the exchange's server or service.
func (x *exchange) upstreamTransport() upstreamTransport {
	if x.entry.ServiceID != 0 {
		return x.proxy.services
	}
	return x.proxy.servers
}

type dialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer dials and then verifies the peer's address, unless verify is nil.
func dialer(verify func(net.Addr) error) dialFunc {
	d := &net.Dialer{Timeout: 5 * time.Second, KeepAliveConfig: keepAliveConfig()}
	if verify == nil {
		return d.DialContext
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		if err := verify(conn.RemoteAddr()); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	}
}
