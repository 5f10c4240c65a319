package proxy

import "sync"

// buffers lends the buffers that bodies are copied with: a large one saves a large
// body system calls, a small one saves memory where the length is not known, as with
// streams that last for hours.
type buffers struct{ small, large sync.Pool }

const (
	smallBuffer = 32 << 10
	largeBuffer = 256 << 10
)

// Get implements httputil.BufferPool, for the body of the flow's answer.
func (f *flow) Get() []byte {
	if f.size > smallBuffer {
		if buf, ok := f.proxy.buffers.large.Get().(*[largeBuffer]byte); ok {
			return buf[:]
		}
		return make([]byte, largeBuffer)
	}
	if buf, ok := f.proxy.buffers.small.Get().(*[smallBuffer]byte); ok {
		return buf[:]
	}
	return make([]byte, smallBuffer)
}

// Put implements httputil.BufferPool.
func (f *flow) Put(buf []byte) {
	if len(buf) == largeBuffer {
		f.proxy.buffers.large.Put((*[largeBuffer]byte)(buf))
	} else {
		f.proxy.buffers.small.Put((*[smallBuffer]byte)(buf))
	}
}
