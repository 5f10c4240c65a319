// Command bench prints figures of the hub on this machine: how long it takes from
// start to ready, and how much memory it holds at rest, with many users in its
// database. It asserts nothing: figures of two machines don't compare.
//
//	go run ./bench [-users 10000] [-starts 5] [-rest 30s] [-o FILE]
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	users, starts int
	rest          time.Duration
	output        string
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	var opt options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&opt.users, "users", 10_000, "people in the hub's database")
	flags.IntVar(&opt.starts, "starts", 5, "starts to take the median of")
	flags.DurationVar(&opt.rest, "rest", 30*time.Second, "idle time before the memory is read")
	flags.StringVar(&opt.output, "o", "", "also write the figures to this file, as JSON")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if opt.starts < 1 || opt.users < 0 {
		return errors.New("-starts must be at least 1, and -users not negative")
	}
	dir, err := os.MkdirTemp("", "atrium-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// As root, people's notebook servers must reach what is theirs below it.
	if err := os.Chmod(dir, 0o711); err != nil {
		return err
	}
	binary, err := findBinary(ctx, dir)
	if err != nil {
		return err
	}
	found, err := measure(ctx, opt, binary, dir, progress)
	if err != nil {
		return err
	}
	found.print(out)
	return found.write(opt.output)
}

// findBinary is the built binary that the environment names, or one built now.
func findBinary(ctx context.Context, dir string) (string, error) {
	if given := os.Getenv("HUBTEST_BIN"); given != "" {
		return filepath.Abs(given)
	}
	path := filepath.Join(dir, "atrium")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the hub: %w: %s", err, text)
	}
	return path, nil
}

// measure fills a hub with people, and then starts it again and again.
func measure(ctx context.Context, opt options, binary, dir string, progress io.Writer) (figures, error) {
	found := figures{Users: opt.users, Machine: describeMachine(), Version: version(ctx, binary), Rest: opt.rest.Seconds()}
	h := &hub{binary: binary, dataDir: filepath.Join(dir, "data")}
	defer h.kill()
	fmt.Fprintf(progress, "making %d users\n", opt.users)
	took, err := h.start(ctx)
	if err != nil {
		return found, err
	}
	found.FirstStart = took.Seconds()
	if err := h.createUsers(ctx, opt.users); err != nil {
		return found, err
	}
	if err := h.stop(); err != nil {
		return found, err
	}
	for i := range opt.starts {
		fmt.Fprintf(progress, "start %d of %d, and %s at rest\n", i+1, opt.starts, opt.rest)
		took, err := h.start(ctx)
		if err != nil {
			return found, err
		}
		fresh, err := h.memory()
		if err != nil {
			return found, err
		}
		select {
		case <-ctx.Done():
			return found, ctx.Err()
		case <-time.After(opt.rest):
		}
		rested, err := h.memory()
		if err != nil {
			return found, err
		}
		found.add(took, fresh, rested)
		if err := h.stop(); err != nil {
			return found, err
		}
	}
	return found, nil
}

func (f figures) write(path string) error {
	if path == "" {
		return nil
	}
	text, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
