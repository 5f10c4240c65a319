package telemetry

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// bounded makes next, which writes Prometheus' text format uncompressed, write the
// bounds of buckets and quantiles as JupyterHub does: le="1.0" where the library has
// le="1". To Prometheus before version 3 these are two series, and a rule that names
// one finds nothing of the other.
func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &boundsWriter{ResponseWriter: w, zip: takesGzip(r.Header.Values("Accept-Encoding"))}
		w.Header().Set("Vary", "Accept-Encoding")
		next.ServeHTTP(out, r)
		out.finish()
	})
}

// boundsWriter writes whole lines on, with their bounds spelled anew.
type boundsWriter struct {
	http.ResponseWriter

	zip  bool // the client takes it
	to   io.Writer
	rest []byte // of a line whose end is still to come
}

// WriteHeader implements http.ResponseWriter. Errors are not compressed.
func (b *boundsWriter) WriteHeader(status int) {
	b.to = b.ResponseWriter
	if b.zip && status == http.StatusOK {
		b.Header().Set("Content-Encoding", "gzip")
		b.to = gzip.NewWriter(b.ResponseWriter)
	}
	b.ResponseWriter.WriteHeader(status)
}

// finish writes what is left. Whoever reads may be gone: then there is nobody to tell.
func (b *boundsWriter) finish() {
	if b.to == nil {
		return
	}
	_, _ = b.to.Write(appendBounds(nil, b.rest))
	if zipped, ok := b.to.(*gzip.Writer); ok {
		_ = zipped.Close()
	}
}

// Write implements io.Writer.
func (b *boundsWriter) Write(p []byte) (int, error) {
	if b.to == nil {
		b.WriteHeader(http.StatusOK)
	}
	end := bytes.LastIndexByte(p, '\n') + 1
	if end == 0 {
		b.rest = append(b.rest, p...)
		return len(p), nil
	}
	out := make([]byte, 0, len(b.rest)+len(p)+len(p)/16)
	for line := range bytes.Lines(append(b.rest, p[:end]...)) {
		out = appendBounds(out, line)
	}
	b.rest = append([]byte(nil), p[end:]...)
	_, err := b.to.Write(out)
	return len(p), err
}

// appendBounds appends a line of the text format. A bound is the last label in it.
func appendBounds(out, line []byte) []byte {
	end := bytes.LastIndex(line, []byte(`"} `))
	if end < 0 || line[0] == '#' {
		return append(out, line...)
	}
	out = append(out, line[:end]...)
	if at := bytes.LastIndexByte(line[:end], '"'); at >= 0 && isBound(line[:at]) && whole(line[at+1:end]) {
		out = append(out, ".0"...)
	}
	return append(out, line[end:]...)
}

// isBound tells whether a line up to a label's value ends with the name of a bound.
func isBound(line []byte) bool {
	for _, name := range []string{"{le=", ",le=", "{quantile=", ",quantile="} {
		if bytes.HasSuffix(line, []byte(name)) {
			return true
		}
	}
	return false
}

// whole tells whether a number is written as a whole one.
func whole(number []byte) bool {
	return len(number) > 0 && len(bytes.Trim(number, "0123456789")) == 0
}

func takesGzip(accept []string) bool {
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, _ := strings.Cut(item, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q, weighted := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			weight, err := strconv.ParseFloat(q, 64)
			return !weighted || err == nil && weight > 0
		}
	}
	return false
}
