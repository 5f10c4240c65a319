package spawntest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// Notebook is the program that the servers of the suite run. It listens where
// JUPYTERHUB_SERVICE_URL says and answers under that prefix:
//
//	api               who it is, as an Answer
//	print?text=…      prints a line
//	flood?lines=…     prints so many numbered lines of 100 bytes, and answers when it is done
//	enlarge?bytes=…   tries to make the file that it prints to as large, and answers the error
//	env               its environment, a JSON list
//	shell?run=…       runs a line of sh, and answers what it writes
//	read?path=…       200 where it can read the file or list the folder
//	exit?status=…     ends
//	stubborn          ignores SIGINT and SIGTERM from now on
//	child             starts a process in a session of its own that ignores SIGTERM, and answers its id
//	orphan            the same, but the process between them ends, and the environment is empty
//	hermit            the same, and it has no file of the server's open either
//	unlock            unlocks every file that it has open
//
// It does not return. Called with the argument "sleep", it only waits.
func Notebook(args []string) {
	if len(args) > 0 && args[0] == "sleep" {
		signal.Ignore(syscall.SIGTERM, syscall.SIGHUP)
		time.Sleep(10 * time.Minute)
		os.Exit(0)
	}
	if len(args) > 0 && args[0] == "orphan" {
		fmt.Println(spawnSleeper([]string{}, inherited()))
		os.Exit(0)
	}
	if len(args) > 0 && args[0] == "hermit" {
		for fd := 3; fd < 1024; fd++ {
			syscall.CloseOnExec(fd)
		}
		fmt.Println(spawnSleeper([]string{}, nil))
		os.Exit(0)
	}
	at, err := url.Parse(os.Getenv("JUPYTERHUB_SERVICE_URL"))
	if err != nil || at.Host == "" {
		fmt.Fprintln(os.Stderr, "no JUPYTERHUB_SERVICE_URL")
		os.Exit(2)
	}
	mux := http.NewServeMux()
	for path, answer := range answersByPath() {
		mux.HandleFunc(at.Path+path, answer)
	}
	fmt.Println("serving", at)
	server := http.Server{Addr: at.Host, Handler: mux, ReadHeaderTimeout: time.Minute}
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}

func answersByPath() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"api": func(w http.ResponseWriter, _ *http.Request) {
			groups, _ := os.Getgroups()
			folder, _ := os.Getwd()
			reply(w, Answer{PID: os.Getpid(), UID: os.Getuid(), GID: os.Getgid(), Groups: groups, Folder: folder})
		},
		"print": func(_ http.ResponseWriter, r *http.Request) { fmt.Println(r.FormValue("text")) },
		"flood": func(_ http.ResponseWriter, r *http.Request) {
			lines, _ := strconv.Atoi(r.FormValue("lines"))
			text := bufio.NewWriterSize(os.Stdout, 64<<10)
			for i := range lines {
				fmt.Fprintf(text, "%099d\n", i)
			}
			_ = text.Flush()
		},
		"enlarge": func(w http.ResponseWriter, r *http.Request) {
			size, _ := strconv.ParseInt(r.FormValue("bytes"), 10, 64)
			fmt.Fprint(w, syscall.Ftruncate(int(os.Stdout.Fd()), size))
		},
		"env": func(w http.ResponseWriter, _ *http.Request) { reply(w, os.Environ()) },
		"shell": func(w http.ResponseWriter, r *http.Request) {
			cmd := exec.CommandContext(r.Context(), "/bin/sh", "-c", r.FormValue("run"))
			cmd.Dir = os.Getenv("HOME")
			out, err := cmd.CombinedOutput()
			_, _ = w.Write(out)
			if err != nil {
				fmt.Fprintln(w, err)
			}
		},
		"read": func(w http.ResponseWriter, r *http.Request) {
			path := r.FormValue("path")
			_, fileErr := os.ReadFile(path)
			if _, folderErr := os.ReadDir(path); fileErr != nil && folderErr != nil {
				http.Error(w, fileErr.Error(), http.StatusForbidden)
			}
		},
		"exit": func(w http.ResponseWriter, r *http.Request) {
			status, _ := strconv.Atoi(r.FormValue("status"))
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			time.AfterFunc(50*time.Millisecond, func() { os.Exit(status) })
		},
		"stubborn": func(http.ResponseWriter, *http.Request) { signal.Ignore(syscall.SIGINT, syscall.SIGTERM) },
		"child": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, spawnSleeper(os.Environ(), nil))
		},
		"orphan": func(w http.ResponseWriter, r *http.Request) {
			cmd := exec.CommandContext(r.Context(), os.Args[0], "notebook", "orphan")
			cmd.Env = []string{}
			cmd.ExtraFiles = inherited()
			out, err := cmd.Output()
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			_, _ = w.Write(out)
		},
		"hermit": func(w http.ResponseWriter, r *http.Request) {
			cmd := exec.CommandContext(r.Context(), os.Args[0], "notebook", "hermit")
			cmd.Env = []string{}
			out, err := cmd.Output()
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			_, _ = w.Write(out)
		},
		"unlock": func(http.ResponseWriter, *http.Request) {
			for _, f := range inherited() {
				_ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN)
			}
		},
	}
}

// inherited are regular files that were open from the start beside the standard ones.
func inherited() []*os.File {
	var all []*os.File
	for fd := uintptr(3); fd < 32; fd++ {
		var stat syscall.Stat_t
		if syscall.Fstat(int(fd), &stat) == nil && stat.Mode&syscall.S_IFMT == syscall.S_IFREG {
			all = append(all, os.NewFile(fd, ""))
		}
	}
	return all
}

func spawnSleeper(env []string, files []*os.File) int {
	cmd := exec.Command(os.Args[0], "notebook", "sleep")
	cmd.Env, cmd.ExtraFiles = env, files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return 0
	}
	go func() { _ = cmd.Wait() }()
	return cmd.Process.Pid
}

func reply(w http.ResponseWriter, body any) { _ = json.NewEncoder(w).Encode(body) }
