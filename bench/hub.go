package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	adminName  = "admin"
	adminToken = "token-of-the-benchmark"
	password   = "password-of-the-benchmark"
)

// hub is one that is measured: Atrium, or JupyterHub with its proxy.
type hub struct {
	name   string
	api    string // host:port where the hub itself answers
	public string // host:port where people come
	launch func() (*program, error)
	// pids are the hub's and its proxy's processes, not the notebook servers'.
	pids func(hub int) []int

	process *program
	client  *client
}

func newHub(name, api, public string) *hub {
	h := &hub{name: name, api: api, public: public, client: newClient(api, adminToken)}
	h.pids = func(pid int) []int { return []int{pid} }
	return h
}

// start starts the hub, and gives the time until ask had its first right answer.
func (h *hub) start(ctx context.Context, ask func(context.Context) error) (time.Duration, error) {
	process, err := h.launch()
	if err != nil {
		return 0, err
	}
	h.process = process
	took, err := process.until(ctx, ask)
	if err != nil {
		return 0, err
	}
	// Not part of the time: the hub answers, and the way to it through the proxy is open too.
	entrance := newClient(h.public, adminToken)
	defer entrance.close()
	if _, err := process.until(ctx, entrance.answers); err != nil {
		return 0, err
	}
	return took, nil
}

// begin starts the hub for the first time.
func (h *hub) begin(ctx context.Context) (time.Duration, error) {
	return h.start(ctx, h.client.answers)
}

// stop ends the hub; notebook servers stay.
func (h *hub) stop() error {
	h.client.close()
	err := h.process.stop()
	h.process = nil
	return err
}

func (h *hub) kill() {
	if h != nil && h.process != nil {
		for _, pid := range h.all() {
			if pid != h.process.pid() {
				endProcess(pid)
			}
		}
		h.process.kill()
		h.process = nil
	}
}

// all are the ids of the hub's and its proxy's processes.
func (h *hub) all() []int { return h.pids(h.process.pid()) }

// answers asks for the version, which needs no database.
func (c *client) answers(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodGet, "/hub/api/", nil, http.StatusOK)
	return err
}

// userName is the name of the benchmark's i-th person.
func userName(i int) string { return fmt.Sprintf("student%05d", i) }
