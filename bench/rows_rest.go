package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	restServers = 2000   // that run while the hub is at rest
	restLogs    = 20_000 // of servers that ran long ago
	restLength  = time.Minute
	restStarts  = 64 // servers that start at once
)

// measureRest is the processor time that the hub takes while 2,000 notebook servers run
// that nobody uses, as a part of one processor.
func (b *bench) measureRest(ctx context.Context) error {
	part, err := b.rest(ctx, "rest", b.tools.atrium)
	if err != nil {
		return err
	}
	b.report.fact(fact{Row: rowRest, Work: restWork(), Value: part, Unit: ofAProcessor, AtMost: 0.02})
	return nil
}

func restWork() string {
	return fmt.Sprintf("hub at rest with %s local servers and the logs of %s former ones", thousands(restServers), thousands(restLogs))
}

// rest runs a build with the servers, and gives the part of a processor that it takes.
func (b *bench) rest(ctx context.Context, name, program string) (float64, error) {
	h, err := b.newAtriumOf(ctx, name, program, fmt.Sprintf("ATRIUM_SPAWNER_CONCURRENT_STARTS=%d", restStarts))
	if err != nil {
		return 0, err
	}
	defer b.endServers()
	defer h.kill()
	if err := formerServers(filepath.Join(b.dir, name, "data", "servers"), restLogs); err != nil {
		return 0, err
	}
	if _, err := h.begin(ctx); err != nil {
		return 0, err
	}
	if err := h.client.createUsers(ctx, restServers); err != nil {
		return 0, err
	}
	b.say("%s: %d servers to start", name, restServers)
	if err := each(restServers, restStarts, func(i int) error { return h.client.startServer(ctx, userName(i)) }); err != nil {
		return 0, err
	}
	b.say("%s: at rest for %s before %s of measuring", name, b.opt.rest, restLength)
	if err := pause(ctx, b.opt.rest); err != nil {
		return 0, err
	}
	before, err := cpuTime(h.all())
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := pause(ctx, restLength); err != nil {
		return 0, err
	}
	took := time.Since(begun)
	after, err := cpuTime(h.all())
	if err != nil {
		return 0, err
	}
	part := (after - before).Seconds() / took.Seconds()
	b.say("%s: %.4f of a processor at rest", name, part)
	return part, h.stop()
}

// endServers ends the notebook servers that outlived their hub.
func (b *bench) endServers() {
	for _, pid := range running(b.tools.notebook) {
		endProcess(pid)
	}
}

// formerServers fills a folder with what servers leave there that were stopped.
func formerServers(dir string, n int) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	errs := []error{os.Chmod(filepath.Dir(dir), 0o711)}
	for id := 1; id <= n; id++ {
		path := filepath.Join(dir, strconv.Itoa(id))
		errs = append(errs,
			os.WriteFile(path+".log", []byte("The server was here.\n"), 0o600),
			os.WriteFile(path+".lock", nil, 0o600),
			os.WriteFile(path+".json", fmt.Appendf(nil, `{"server_id":%d,"fence":1,"state":"stopped","uid":0}`+"\n", id), 0o600))
	}
	return errors.Join(errs...)
}

// besideRest compares what a build and an earlier one take at rest.
func (b *bench) besideRest(ctx context.Context, commit, before, now string, out io.Writer) error {
	was, err := b.rest(ctx, "rest-before", before)
	if err != nil {
		return err
	}
	is, err := b.rest(ctx, "rest-now", now)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nProcessor time, %s: %.4f of a processor, and %.4f in %s.\n", restWork(), is, was, commit)
	return err
}
