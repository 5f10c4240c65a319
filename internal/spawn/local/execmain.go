package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/spawn/local/cgroup"
	"github.com/atriumhub/atrium/internal/spawn/local/limits"
	"github.com/atriumhub/atrium/internal/spawn/local/procs"
	"github.com/atriumhub/atrium/internal/spawn/local/uservenv"
)

// ExecMain turns this process into a notebook server, by the job that the driver sends on
// standard input. It does not return if it succeeds; otherwise it has reported the reason to
// the driver, and the result is the exit status.
//
// The process is in its own session already, and has inherited the server's lock. It writes
// its record before it drops its privileges, so no server runs without a record.
func ExecMain(stdin io.Reader, stderr io.Writer) int {
	runtime.LockOSThread() // some of what follows is the thread's alone
	debug.SetGCPercent(-1) // its threads would count among those that the person may have
	var j job
	if err := json.NewDecoder(io.LimitReader(stdin, maxJobBytes)).Decode(&j); err != nil || len(j.Argv) == 0 {
		fmt.Fprintln(stderr, "This command is for the hub itself: it starts notebook servers with it.")
		return 2
	}
	err := prepareAndExec(j)
	text, _ := json.Marshal(refusal{Message: err.Error()})
	_, _ = os.NewFile(statusFD, "status").Write(text)
	return 1
}

// prepareAndExec carries out the job. It returns only with an error, which is a sentence for
// the user.
func prepareAndExec(j job) error {
	if err := closeOnExec(); err != nil {
		return fmt.Errorf("The notebook server's files could not be prepared: %w.", err) //nolint:staticcheck,revive // a sentence
	}
	if err := recordProcess(j); err != nil {
		return fmt.Errorf("The notebook server could not be recorded: %w.", err) //nolint:staticcheck,revive // a sentence
	}
	if err := redirectStdio(); err != nil {
		return fmt.Errorf("The notebook server's output could not be redirected: %w.", err) //nolint:staticcheck,revive // a sentence
	}
	unix.Umask(0o022)
	printLimits(j.Record.Limits)
	if j.Record.Person != nil {
		if err := j.Record.Person.Mount(j.UID, j.GID, filepath.Dir(j.RecordFile)); err != nil { // as in a container that may not mount: the server works without
			fmt.Fprintf(os.Stderr, "uid %d has no name here: %v\n", j.UID, err)
		}
	}
	// A caught signal gets its default back at exec, an ignored one would stay ignored, and SIGINT must reach the server.
	signal.Notify(make(chan os.Signal, 1))
	if err := prepareThread(j.NoNewPrivs); err != nil {
		return fmt.Errorf("The notebook server's process could not be prepared: %w.", err) //nolint:staticcheck,revive // a sentence
	}
	if err := applyLimits(j); err != nil {
		return fmt.Errorf("The notebook server's limits could not be set: %w.", err) //nolint:staticcheck,revive // a sentence
	}
	if j.Drop {
		if err := dropPrivileges(j); err != nil {
			return fmt.Errorf("The hub could not become uid %d to start the notebook server: %w.", j.UID, err) //nolint:staticcheck,revive // a sentence
		}
	}
	if os.Getuid() == 0 || os.Geteuid() == 0 {
		return errors.New("A notebook server never runs as root.") //nolint:staticcheck,revive // a sentence
	}
	if err := os.Chdir(j.Home); err != nil {
		return fmt.Errorf("The home folder cannot be entered as uid %d: %w.", os.Getuid(), err) //nolint:staticcheck,revive // a sentence
	}
	if j.Place != nil {
		if err := j.Place.Create(j.Home); err != nil { // the server works without
			fmt.Fprintf(os.Stderr, "The place for your own Python packages, %s, could not be made: %v\n", uservenv.Dir(j.Home), err)
		}
	}
	return execute(j)
}

// printLimits is for the server's log.
func printLimits(held []string) {
	if len(held) > 0 {
		fmt.Fprintf(os.Stderr, "Limits of this server: %s.\n", strings.Join(held, "; "))
	}
}

// applyLimits puts this process and its descendants into the server's cgroup, and sets those
// rlimits that do not hinder this program itself.
func applyLimits(j job) error {
	if group := j.Record.Group; group != "" {
		if err := cgroup.Enter(group, os.Getpid()); err != nil {
			return err
		}
	}
	return limits.Set(j.Limits)
}

// execute replaces this process by the program. It returns only with an error, which is a
// sentence for the user.
func execute(j job) error {
	program, err := findProgram(j.Argv[0], j.Env)
	if err == nil {
		err = limits.Set(j.LastLimits)
	}
	if err == nil {
		_, _ = unix.Write(statusFD, []byte(execMarker)) // the hub may be gone
		err = syscall.Exec(program, j.Argv, j.Env)      //nolint:gosec // running it is the purpose
	}
	if limits.TooManyProcesses(err, j.Limits) {
		return errors.New("You have as many processes as you may, so no further server starts. Stop one of your servers first.") //nolint:staticcheck,revive // a sentence
	}
	//nolint:staticcheck,revive // a sentence
	return fmt.Errorf("The notebook server's program %s cannot be run as uid %d: %w.", j.Argv[0], os.Getuid(), err)
}

// closeOnExec sets the close-on-exec flag of all descriptors but the standard ones and the
// lock, whatever the hub itself has inherited.
func closeOnExec() error {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 && fd != lockFD {
			unix.CloseOnExec(fd)
		}
	}
	_, err = unix.FcntlInt(lockFD, unix.F_SETFD, 0)
	return err
}

// recordProcess writes this process into the record, if the run is still wanted.
func recordProcess(j job) error {
	id := j.Record.ServerID
	records := files{dir: filepath.Dir(j.RecordFile)}
	now, err := records.read(id)
	if err != nil {
		return err
	}
	if now.Nonce != j.Record.Nonce || now.Fence != j.Record.Fence || now.State != starting {
		return errors.New("it was stopped or started anew meanwhile")
	}
	held, err := records.held(id)
	if err != nil {
		return err
	}
	if !held {
		return errors.New("its lock was lost")
	}
	self, ok := procs.Lookup(os.Getpid())
	if !ok {
		return errors.New("the process table cannot be read")
	}
	now.State, now.PID, now.ProcStart, now.BootID = running, self.PID, self.Start, procs.BootID()
	return records.write(now)
}

// redirectStdio redirects standard input to /dev/null, and standard output and error to the
// log.
func redirectStdio() error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	return errors.Join(duplicate(int(null.Fd()), 0), duplicate(logFD, 1), duplicate(logFD, 2))
}

// dropPrivileges becomes the user, irrevocably.
func dropPrivileges(j job) error {
	if j.UID == 0 || j.GID == 0 && j.NoNewPrivs {
		return errors.New("a notebook server never runs as root")
	}
	groups := make([]int, len(j.Groups))
	for i, g := range j.Groups {
		groups[i] = int(g)
	}
	// syscall's versions are those that change all threads of the process.
	if err := syscall.Setgroups(groups); err != nil {
		return fmt.Errorf("set groups: %w", err)
	}
	if err := syscall.Setgid(int(j.GID)); err != nil {
		return fmt.Errorf("set gid %d: %w", j.GID, err)
	}
	if err := syscall.Setuid(int(j.UID)); err != nil {
		return fmt.Errorf("set uid: %w", err)
	}
	if os.Getuid() != int(j.UID) || os.Geteuid() != int(j.UID) || syscall.Setuid(0) == nil {
		return errors.New("the rights of root did not go")
	}
	return nil
}

// findProgram looks the program up as the notebook server's user, in its own PATH.
func findProgram(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	err := fmt.Errorf("it is not in PATH: %w", os.ErrNotExist)
	for _, e := range env {
		path, ok := strings.CutPrefix(e, "PATH=")
		if !ok {
			continue
		}
		for _, folder := range filepath.SplitList(path) {
			program := filepath.Join(folder, name)
			if !filepath.IsAbs(program) {
				continue
			}
			info, statErr := os.Stat(program)
			if statErr == nil && info.Mode().IsRegular() && unix.Access(program, unix.X_OK) == nil {
				return program, nil
			}
		}
	}
	return "", err
}
