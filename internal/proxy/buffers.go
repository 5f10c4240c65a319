package proxy

import "sync"

// buffers pools the buffers that bodies are copied with: large ones for large bodies, which
// saves system calls; small ones for the rest and for bodies of unknown length, which may be
// streams that stay open for hours, which saves memory.
type buffers struct{ small, large sync.Pool }

const (
	smallBuffer = 32 << 10
	largeBuffer = 256 << 10
)

// Get implements httputil.BufferPool for the body of the exchange's response.
func (x *exchange) Get() []byte {
	if x.bodySize > smallBuffer {
		if buf, ok := x.proxy.buffers.large.Get().(*[largeBuffer]byte); ok {
			return buf[:]
		}
		return make([]byte, largeBuffer)
	}
	if buf, ok := x.proxy.buffers.small.Get().(*[smallBuffer]byte); ok {
		return buf[:]
	}
	return make([]byte, smallBuffer)
}

// Put implements httputil.BufferPool.
func (x *exchange) Put(buf []byte) {
	if len(buf) == largeBuffer {
		x.proxy.buffers.large.Put((*[largeBuffer]byte)(buf))
	} else {
		x.proxy.buffers.small.Put((*[smallBuffer]byte)(buf))
	}
}
