package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/alexedwards/argon2id"
)

// ran is how a command went.
type ran struct {
	took time.Duration
	peak int64 // of its resident memory, bytes
}

// manage runs Atrium's command line on a hub, as its administrator.
func (b *bench) manage(ctx context.Context, h *hub, args ...string) (ran, error) {
	return timed(ctx, b.dir, environment("JUPYTERHUB_URL=http://"+h.public, "JUPYTERHUB_TOKEN="+adminToken), b.tools.atrium, append([]string{"users"}, args...)...)
}

// timed runs a command to its end, with its output in a file.
func timed(ctx context.Context, dir string, env []string, program string, args ...string) (ran, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, env
	log, err := os.Create(filepath.Join(dir, "command.log"))
	if err != nil {
		return ran{}, err
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	begun := time.Now()
	err = cmd.Run()
	r := ran{took: time.Since(begun)}
	if err != nil {
		text, _ := os.ReadFile(log.Name())
		return r, fmt.Errorf("%s: %w: %.2000s", filepath.Base(program), err, text)
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		r.peak = usage.Maxrss << 10 // Linux counts in KiB
	}
	return r, nil
}

// peopleFile writes a file of so many people, from one number on.
func (b *bench) peopleFile(from, n int) (string, error) {
	path := filepath.Join(b.dir, fmt.Sprintf("people-%d-%d.csv", from, n))
	file, err := os.Create(path)
	if err != nil {
		return "", err
	}
	w := csv.NewWriter(file)
	_ = w.Write([]string{"username", "admin"})
	for i := from; i < from+n; i++ {
		_ = w.Write([]string{userName(i), "false"})
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return "", err
	}
	return path, file.Close()
}

// measurePeople times the command line on many people: whole commands, from their
// start to their end.
func (b *bench) measurePeople(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-people")
	if err != nil {
		return err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	file, err := b.peopleFile(0, b.opt.users)
	if err != nil {
		return err
	}
	var made, gone []float64
	for range b.opt.rounds {
		create, err := b.manage(ctx, h, "create", file)
		if err != nil {
			return err
		}
		deleted, err := b.manage(ctx, h, "delete", file, "--yes")
		if err != nil {
			return err
		}
		b.say("%d people created from a file in %.2f s, deleted in %.2f s", b.opt.users, create.took.Seconds(), deleted.took.Seconds())
		made, gone = append(made, create.took.Seconds()), append(gone, deleted.took.Seconds())
	}
	people := thousands(b.opt.users)
	b.report.fact(fact{Row: rowPeople, Work: people + " people created from a file, the whole command", Value: median(made), Unit: seconds, AtMost: 3})
	b.report.fact(fact{Row: rowPeople, Work: people + " people of a file deleted", Value: median(gone), Unit: seconds, AtMost: 5})
	if err := b.measureExports(ctx, h); err != nil {
		return err
	}
	return h.stop()
}

// measureExports lists and exports the larger number of people.
func (b *bench) measureExports(ctx context.Context, h *hub) error {
	if err := h.client.createUsers(ctx, b.opt.more); err != nil {
		return err
	}
	for _, work := range []struct {
		what   string
		atMost float64
		args   []string
	}{
		{"listed", 5, []string{"list"}},
		{"exported to CSV", 5, []string{"export", "all.csv"}},
		{"exported to Excel", 15, []string{"export", "all.xlsx"}},
	} {
		var took, peaks []float64
		for range b.opt.rounds {
			r, err := b.manage(ctx, h, work.args...)
			if err != nil {
				return err
			}
			took, peaks = append(took, r.took.Seconds()), append(peaks, float64(r.peak))
		}
		b.say("%d people %s in %.2f s", b.opt.more, work.what, median(took))
		people := fmt.Sprintf("%s people %s", thousands(b.opt.more), work.what)
		b.report.fact(fact{Row: rowPeople, Work: people, Value: median(took), Unit: seconds, AtMost: work.atMost})
		b.report.fact(fact{Row: rowPeople, Work: people + ", the command's memory at most", Value: largest(peaks), Unit: megabytes, AtMost: 200e6})
	}
	return nil
}

// passwordsAtOnce is how many people get a password in a round: some ten seconds of hashing.
const passwordsAtOnce = 400

// measurePasswords compares making people with generated passwords with the hashing
// alone, on all processors.
func (b *bench) measurePasswords(ctx context.Context) error {
	h, err := b.newAtrium(ctx, "atrium-passwords", "ATRIUM_AUTH_NATIVE_ENABLED=true", "ATRIUM_AUTH_DUMMY_PASSWORD=")
	if err != nil {
		return err
	}
	defer h.kill()
	if _, err := h.begin(ctx); err != nil {
		return err
	}
	var command, alone []float64
	for round := range b.opt.rounds {
		file, err := b.peopleFile(round*passwordsAtOnce, passwordsAtOnce)
		if err != nil {
			return err
		}
		r, err := b.manage(ctx, h, "create", file, "--generate", "--output", fmt.Sprintf("passwords-%d.csv", round))
		if err != nil {
			return err
		}
		hashing, err := hashAlone(passwordsAtOnce)
		if err != nil {
			return err
		}
		b.say("%d people with passwords in %.2f s, the hashing alone %.2f s", passwordsAtOnce, r.took.Seconds(), hashing.Seconds())
		command, alone = append(command, r.took.Seconds()), append(alone, hashing.Seconds())
	}
	b.report.fact(fact{
		Row: rowPasswords, Work: strconv.Itoa(passwordsAtOnce) + " people created with generated passwords, of the time of the hashing alone on all processors",
		Value: median(command) / median(alone), Unit: times, AtMost: 1.3,
	})
	return h.stop()
}

// hashAlone makes so many hashes at Atrium's cost, on all processors.
func hashAlone(n int) (time.Duration, error) {
	cores := runtime.NumCPU()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	params := &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
	work := make(chan int, n)
	for i := range n {
		work <- i
	}
	close(work)
	failed := make([]error, cores)
	var workers sync.WaitGroup
	begun := time.Now()
	for c := range cores {
		workers.Go(func() {
			for i := range work {
				if _, err := argon2id.CreateHash("password-"+strconv.Itoa(i), params); err != nil {
					failed[c] = err
				}
			}
		})
	}
	workers.Wait()
	for _, err := range failed {
		if err != nil {
			return 0, err
		}
	}
	return time.Since(begun), nil
}

// guideScript makes people as the guide's script does: one request a row, one after
// the other, each on a connection of its own.
const guideScript = `import sys, requests
url, token, first, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
for i in range(first, first + count):
    r = requests.post(f"{url}/hub/api/users/guide{i:05d}", headers={"Authorization": f"token {token}"}, json={"admin": False})
    if r.status_code != 201:
        sys.exit(f"{r.status_code} {r.text}")
`

// guideRows is how many people the script makes.
const guideRows = 1000

// measureGuide lets the guide's way of making people work on both hubs.
func (b *bench) measureGuide(ctx context.Context) error {
	script := filepath.Join(b.dir, "guide.py")
	if err := os.WriteFile(script, []byte(guideScript), 0o600); err != nil {
		return err
	}
	var found [2][]sample
	for round := range b.opt.rounds {
		for i, h := range []*hub{b.ours, b.theirs} {
			pids := h.all()
			before, err := cpuTime(pids)
			if err != nil {
				return err
			}
			r, err := timed(ctx, b.dir, environment(), b.tools.python, script, "http://"+h.public, adminToken, strconv.Itoa(round*guideRows), strconv.Itoa(guideRows))
			if err != nil {
				return fmt.Errorf("%s: %w", h.name, err)
			}
			after, err := cpuTime(pids)
			if err != nil {
				return err
			}
			b.say("the guide's script, %s: %d people in %.2f s", h.name, guideRows, r.took.Seconds())
			found[i] = append(found[i], sample{Value: r.took.Seconds(), CPU: (after - before).Seconds() / guideRows})
		}
	}
	b.report.compare(comparison{
		Row: rowGuide, Work: fmt.Sprintf("%s people created by the guide's script, a request each", thousands(guideRows)),
		Unit: seconds, Less: true, Ours: found[0], Theirs: found[1], Bar: 5, Note: "most of Atrium's time is the script's own",
	})
	return nil
}
