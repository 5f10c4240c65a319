package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	adminToken = "token-of-the-benchmark"
	patience   = 2 * time.Minute
	atOnce     = 1000 // users made by one request
)

// hub is a hub process over a data directory.
type hub struct {
	binary, dataDir string
	url             string
	cmd             *exec.Cmd
	ended           chan error
}

// start starts the process and gives the time until it said that it is ready.
func (h *hub) start(ctx context.Context) (time.Duration, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	h.url = "http://" + addr
	cmd := exec.CommandContext(context.WithoutCancel(ctx), h.binary, "serve", "--data-dir", h.dataDir, "--listen", addr)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "ATRIUM_ADMIN_TOKEN=" + adminToken,
		// None is started, but with a command the hub makes no Python environment of its own.
		`ATRIUM_SPAWNER_LOCAL_COMMAND=["/bin/sh"]`,
	}
	words, err := cmd.StderrPipe()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start the hub: %w", err)
	}
	h.cmd, h.ended = cmd, make(chan error, 1)
	ready := make(chan time.Duration, 1)
	var said bytes.Buffer
	go func() {
		lines := bufio.NewScanner(words)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "Atrium is ready at ") {
				ready <- time.Since(begun)
			} else if len(ready) == 0 && said.Len() < 1<<16 {
				fmt.Fprintln(&said, lines.Text())
			}
		}
		_, _ = io.Copy(io.Discard, words)
		h.ended <- cmd.Wait()
	}()
	select {
	case took := <-ready:
		return took, nil
	case err := <-h.ended:
		h.cmd = nil
		return 0, fmt.Errorf("the hub ended before it was ready: %w\n%s", err, said.String())
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(patience):
		return 0, fmt.Errorf("the hub is not ready after %s", patience)
	}
}

// stop ends the process as its operator would.
func (h *hub) stop() error {
	if h.cmd == nil {
		return nil
	}
	if err := h.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the hub: %w", err)
	}
	select {
	case err := <-h.ended:
		h.cmd = nil
		if err != nil {
			return fmt.Errorf("the hub ended badly: %w", err)
		}
		return nil
	case <-time.After(patience):
		return errors.New("the hub does not end")
	}
}

func (h *hub) kill() {
	if h.cmd == nil {
		return
	}
	_ = h.cmd.Process.Kill()
	h.cmd, _ = nil, <-h.ended
}

func (h *hub) createUsers(ctx context.Context, n int) error {
	for from := 0; from < n; from += atOnce {
		names := make([]string, 0, atOnce)
		for i := from; i < min(from+atOnce, n); i++ {
			names = append(names, fmt.Sprintf("student%05d", i))
		}
		body, err := json.Marshal(map[string]any{"usernames": names})
		if err != nil {
			return err
		}
		if err := h.post(ctx, "/hub/api/users", body); err != nil {
			return err
		}
	}
	return nil
}

func (h *hub) post(ctx context.Context, path string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "token "+adminToken)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err == nil && res.StatusCode != http.StatusCreated {
		err = fmt.Errorf("POST %s: %s: %s", path, res.Status, text)
	}
	return err
}

// memory is the process's resident memory in bytes, as Linux counts it.
func (h *hub) memory() (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil // not Linux
	}
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("the process's status names no VmRSS")
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func version(ctx context.Context, binary string) string {
	text, err := exec.CommandContext(ctx, binary, "--version").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}
