package local

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// runnable reports whether people's servers can run the program: the file itself, the
// folders on the way to it, and the interpreter that its first line names. path is
// where an interpreter by name is looked for.
func (d *Driver) runnable(program, path string) error {
	if !d.root {
		return unix.Access(program, unix.X_OK)
	}
	return runnableByOthers(program, path, 4)
}

func runnableByOthers(program, path string, depth int) error {
	if depth == 0 {
		return fmt.Errorf("%s: too many interpreters", program)
	}
	if err := checkOpenToOthers(program, 0o001); err != nil {
		return err
	}
	interpreter, err := interpreterOf(program, path)
	if err != nil || interpreter == "" {
		return err
	}
	if err := checkOpenToOthers(program, 0o004); err != nil {
		return err
	}
	return runnableByOthers(interpreter, path, depth-1)
}

// checkOpenToOthers walks to the file as somebody would who has only the rights that
// all have: each folder on the way needs x, also those that symbolic links lead
// through, and the file what is wanted.
func checkOpenToOthers(path string, want fs.FileMode) error {
	at, rest := "/", segments(path)
	for links := 0; len(rest) > 0; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(next)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(next)
			if err != nil {
				return err
			}
			if links++; links > 40 {
				return fmt.Errorf("%s: too many symbolic links", path)
			}
			if filepath.IsAbs(target) {
				at = "/"
			}
			rest = append(segments(target), rest...)
			continue
		}
		needed := fs.FileMode(0o001)
		if !info.IsDir() {
			needed = want
		}
		if info.Mode().Perm()&needed != needed {
			return fmt.Errorf("%s is closed to others (mode %04o)", next, info.Mode().Perm())
		}
		at = next
	}
	return nil
}

func segments(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

// interpreterOf reads the program's first lines; empty where it is no script.
func interpreterOf(program, path string) (string, error) {
	file, err := os.Open(program) //nolint:gosec // a program that is to be run is read
	if err != nil {
		return "", err
	}
	defer file.Close()
	lines := bufio.NewReader(io.LimitReader(file, 4096))
	first, err := lines.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	line, ok := strings.CutPrefix(first, "#!")
	if !ok {
		return "", nil
	}
	words := strings.Fields(line)
	if len(words) == 0 {
		return "", fmt.Errorf("%s names no interpreter", program)
	}
	if filepath.Base(words[0]) == "env" {
		return lookUp(envProgram(words[1:]), path)
	}
	// pip's way round the length limit of first lines: a shell script that runs Python.
	if second, _ := lines.ReadString('\n'); filepath.Base(words[0]) == "sh" {
		if rest, ok := strings.CutPrefix(second, "'''exec' "); ok {
			python, _, _ := strings.Cut(rest, ` "$0"`)
			return strings.Trim(python, `"`), nil
		}
	}
	return words[0], nil
}

// envProgram is what env(1) would run.
func envProgram(words []string) string {
	for _, w := range words {
		if !strings.HasPrefix(w, "-") && !strings.Contains(w, "=") {
			return w
		}
	}
	return ""
}

// lookUp finds a program in the folders of path.
func lookUp(name, path string) (string, error) {
	all := lookUpAll(name, path)
	if len(all) == 0 {
		return "", fmt.Errorf("%q is not in PATH: %w", name, fs.ErrNotExist)
	}
	return all[0], nil
}

func lookUpAll(name, path string) []string {
	var all []string
	if name == "" {
		return nil
	}
	if filepath.IsAbs(name) {
		return []string{name}
	}
	for _, folder := range filepath.SplitList(path) {
		program := filepath.Join(folder, name)
		info, err := os.Stat(program)
		if err == nil && filepath.IsAbs(program) && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0 {
			all = append(all, program)
		}
	}
	return all
}
