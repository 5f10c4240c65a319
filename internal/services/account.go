package services

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// account is whom a service runs as.
type account struct {
	uid, gid uint32
	groups   []uint32
	name     string
	home     string
	shell    string
}

// accountOf looks up an account of this machine; nil for the hub's own. getent and id
// also know those of a directory service, which a static binary cannot ask by itself.
func accountOf(ctx context.Context, name string) (*account, error) {
	if name == "" {
		return nil, nil
	}
	line, err := passwdLine(ctx, name)
	if err != nil {
		return nil, err
	}
	fields := strings.Split(strings.TrimSpace(line), ":")
	if len(fields) < 7 || fields[0] != name { // getent also takes numbers
		return nil, fmt.Errorf("user: there is no account %q on this machine", name)
	}
	uid, errUID := strconv.ParseUint(fields[2], 10, 32)
	gid, errGID := strconv.ParseUint(fields[3], 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		return nil, fmt.Errorf("user: the account %q has no proper ids: %w", name, err)
	}
	who := &account{uid: uint32(uid), gid: uint32(gid), name: name, home: fields[5], shell: fields[6]}
	if own := os.Geteuid(); own != 0 && uint64(own) != uid {
		return nil, fmt.Errorf("user: only root can run a service as %q; the hub runs as uid %d", name, own)
	}
	if who.shell == "" {
		who.shell = "/bin/sh"
	}
	who.groups, err = groupsOf(ctx, name)
	return who, err
}

func passwdLine(ctx context.Context, name string) (string, error) {
	out, err := exec.CommandContext(ctx, "getent", "passwd", "--", name).Output() //nolint:gosec // no option can be made of it
	if err == nil {
		return string(out), nil
	}
	if _, notThere := errors.AsType[*exec.ExitError](err); notThere {
		return "", ctx.Err()
	}
	text, err := os.ReadFile("/etc/passwd")
	if err != nil {
		return "", fmt.Errorf("look up the account %q: %w", name, err)
	}
	for line := range bytes.Lines(text) {
		if bytes.HasPrefix(line, []byte(name+":")) {
			return string(line), nil
		}
	}
	return "", nil
}

func groupsOf(ctx context.Context, name string) ([]uint32, error) {
	out, err := exec.CommandContext(ctx, "id", "-G", "--", name).Output() //nolint:gosec // no option can be made of it
	if err != nil {
		return nil, fmt.Errorf("look up the groups of the account %q: %w", name, err)
	}
	var groups []uint32
	for field := range strings.FieldsSeq(string(out)) {
		gid, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("look up the groups of the account %q: %w", name, err)
		}
		groups = append(groups, uint32(gid))
	}
	return groups, nil
}
