// Package account looks up accounts of this machine. It asks getent and id,
// which also know those of a directory service, as a static binary cannot by itself.
package account

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

// ErrAbsent is for a name that no account has.
var ErrAbsent = errors.New("there is no such account on this machine")

// Account is one account. Shell may be empty.
type Account struct {
	UID, GID uint32
	Groups   []uint32 // all of them
	Name     string
	Home     string
	Shell    string
}

// Lookup finds the account of a name; its error wraps ErrAbsent where there is none,
// or none with proper ids.
func Lookup(ctx context.Context, name string) (Account, error) {
	line, err := passwdLine(ctx, name)
	if err != nil {
		return Account{}, err
	}
	fields := strings.Split(strings.TrimSpace(line), ":")
	if len(fields) < 7 || fields[0] != name { // getent also takes numbers
		return Account{}, fmt.Errorf("account %q: %w", name, ErrAbsent)
	}
	uid, errUID := strconv.ParseUint(fields[2], 10, 32)
	gid, errGID := strconv.ParseUint(fields[3], 10, 32)
	if errUID != nil || errGID != nil {
		return Account{}, fmt.Errorf("account %q has no proper ids: %w", name, ErrAbsent)
	}
	a := Account{UID: uint32(uid), GID: uint32(gid), Name: name, Home: fields[5], Shell: fields[6]}
	a.Groups, err = groupsOf(ctx, name)
	return a, err
}

// NameOf is the name of the account with a uid; its error wraps ErrAbsent where none has it.
func NameOf(ctx context.Context, uid uint32) (string, error) {
	number := strconv.FormatUint(uint64(uid), 10)
	out, err := exec.CommandContext(ctx, "getent", "passwd", "--", number).Output() //nolint:gosec // a number
	if _, notThere := errors.AsType[*exec.ExitError](err); err != nil && !notThere {
		if out, err = os.ReadFile("/etc/passwd"); err != nil {
			return "", fmt.Errorf("look up the account with the uid %s: %w", number, err)
		}
	}
	if ctx.Err() != nil {
		return "", fmt.Errorf("look up the account with the uid %s: %w", number, ctx.Err())
	}
	for line := range bytes.Lines(out) {
		if fields := strings.Split(string(line), ":"); len(fields) > 2 && fields[2] == number {
			return fields[0], nil
		}
	}
	return "", fmt.Errorf("the uid %s: %w", number, ErrAbsent)
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
