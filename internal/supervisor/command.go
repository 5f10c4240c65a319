package supervisor

import (
	"bufio"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// command makes the process, not started yet. Secrets are in its environment, never
// among its arguments.
func (s *Supervisor) command(ctx context.Context, v Service) (*exec.Cmd, error) {
	who, err := accountOf(ctx, v.User)
	if err != nil {
		return nil, err
	}
	env := maps.Clone(v.Env)
	if env == nil {
		env = map[string]string{}
	}
	attr := &syscall.SysProcAttr{Setsid: true}
	dieWithParent(attr)
	if who != nil {
		env["HOME"], env["USER"], env["LOGNAME"], env["SHELL"] = who.Home, who.Name, who.Name, who.Shell
		if os.Geteuid() == 0 {
			attr.Credential = &syscall.Credential{Uid: who.UID, Gid: who.GID, Groups: who.Groups}
		}
	}
	program, err := find(v.Command[0], env["PATH"])
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, v.Command[1:]...) //nolint:gosec // the operator's own command
	cmd.Args[0] = v.Command[0]
	cmd.Dir, cmd.SysProcAttr = v.Dir, attr
	cmd.Env = []string{} // nil would be the hub's
	for _, name := range slices.Sorted(maps.Keys(env)) {
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	cmd.Cancel = func() error {
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
			return os.ErrProcessDone
		}
		return nil
	}
	cmd.WaitDelay = s.opt.TermTimeout
	return cmd, nil
}

// Program is the program that a service's command runs, with the PATH that it has; an
// error where there is none.
func Program(command, path string) (string, error) {
	program, err := find(command, path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(program)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
		return "", errors.New(program + " is no program that can be run")
	}
	return program, nil
}

// find seeks a program on a PATH that need not be the hub's.
func find(program, path string) (string, error) {
	if strings.ContainsRune(program, '/') {
		return program, nil
	}
	for _, folder := range filepath.SplitList(path) {
		if !filepath.IsAbs(folder) {
			continue // where the hub runs is nobody's PATH
		}
		file := filepath.Join(folder, program)
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", errors.New("the program " + program + " is not on the service's PATH " + path)
}

// killGroup kills what is left of a session whose leader has just been reaped. Its id
// cannot be somebody else's yet: ids of groups that have members are not given again,
// and those of empty ones only after all others.
func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }

// maxLine is how much of a line goes into one entry of the log.
const maxLine = 8 << 10

// relay puts what a service prints into the log.
func (s *Supervisor) relay(ctx context.Context, v Service, out io.Reader) {
	ctx = context.WithoutCancel(ctx) // last words count
	lines := bufio.NewReaderSize(out, maxLine)
	for {
		text, _, err := lines.ReadLine()
		if line := strings.TrimRight(string(text), "\r"); line != "" {
			if v.Secret != "" {
				line = strings.ReplaceAll(line, v.Secret, "[its token]")
			}
			s.log.InfoContext(ctx, "a service says", "service", v.Name, "line", strings.ToValidUTF8(line, "?"))
		}
		if err != nil {
			return
		}
	}
}
