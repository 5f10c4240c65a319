package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// newAtrium prepares an Atrium over a data directory of its own. more are variables
// of its configuration.
func (b *bench) newAtrium(ctx context.Context, name string, more ...string) (*hub, error) {
	return b.newAtriumOf(ctx, name, b.tools.atrium, more...)
}

// newAtriumOf is newAtrium of another build.
func (b *bench) newAtriumOf(ctx context.Context, name, binary string, more ...string) (*hub, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(b.dir, name)
	// People's notebook servers, which run under other ids where this is root, pass through it.
	if err := os.Mkdir(dir, 0o711); err != nil {
		return nil, err
	}
	command, err := json.Marshal([]string{b.tools.notebook})
	if err != nil {
		return nil, err
	}
	env := environment(append([]string{
		"ATRIUM_ADMIN_USERNAME=" + adminName,
		"ATRIUM_ADMIN_TOKEN=" + adminToken,
		"ATRIUM_AUTH_DUMMY_PASSWORD=" + password,
		"ATRIUM_AUTH_NATIVE_ENABLED=false",
		"ATRIUM_SPAWNER_LOCAL_COMMAND=" + string(command),
		"ATRIUM_SPAWNER_LOCAL_UID_REGISTRY=" + filepath.Join(dir, "uids"),
		"ATRIUM_LOG_LEVEL=warn",
	}, more...)...)
	h := newHub(name, addr, addr)
	h.launch = func() (*program, error) {
		return launch(name, dir, env, binary, "serve", "--data-dir", filepath.Join(dir, "data"), "--listen", addr)
	}
	b.hubs = append(b.hubs, h)
	return h, nil
}

// findAtrium is the built binary that the environment names, or one built now.
func findAtrium(ctx context.Context, dir string) (string, error) {
	if given := os.Getenv("HUBTEST_BIN"); given != "" {
		return filepath.Abs(given)
	}
	return build(ctx, dir, "atrium", ".")
}

// build makes a static binary of one of this module's packages.
func build(ctx context.Context, dir, name, pkg string) (string, error) {
	path := filepath.Join(dir, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w: %s", name, err, text)
	}
	return path, nil
}
