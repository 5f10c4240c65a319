package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: Linux shows every program 100 a second.
const tick = 10 * time.Millisecond

// stat is what /proc/PID/stat says of a process and all of its threads.
type stat struct {
	parent int
	cpu    time.Duration // user and system
}

// parseStat reads the line. The program's name, in parentheses, may hold anything.
func parseStat(text string) (stat, error) {
	end := strings.LastIndexByte(text, ')')
	fields := strings.Fields(text[end+1:])
	if end < 0 || len(fields) < 13 {
		return stat{}, fmt.Errorf("not the stat of a process: %.80q", text)
	}
	var numbers [3]int64
	for i, at := range []int{1, 11, 12} { // ppid, utime, stime
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("stat of a process: %w", err)
		}
		numbers[i] = n
	}
	return stat{parent: int(numbers[0]), cpu: time.Duration(numbers[1]+numbers[2]) * tick}, nil
}

func statOf(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(string(text))
}

// cpuTime is the processor time that the processes have used up to now.
func cpuTime(pids []int) (time.Duration, error) {
	var sum time.Duration
	for _, pid := range pids {
		s, err := statOf(pid)
		if err != nil {
			return 0, fmt.Errorf("processor time: %w", err)
		}
		sum += s.cpu
	}
	return sum, nil
}

// cpuTimes is the same of several groups of processes.
func cpuTimes(groups ...[]int) ([]time.Duration, error) {
	sums := make([]time.Duration, len(groups))
	for i, pids := range groups {
		var err error
		if sums[i], err = cpuTime(pids); err != nil {
			return nil, err
		}
	}
	return sums, nil
}

// memory is the processes' resident memory in bytes. A page that two of them share
// counts for both.
func memory(pids []int) (int64, error) {
	var sum int64
	for _, pid := range pids {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return 0, fmt.Errorf("memory: %w", err)
		}
		kib, err := kibibytes(string(text), "VmRSS:")
		if err != nil {
			return 0, err
		}
		sum += kib << 10
	}
	return sum, nil
}

// kibibytes is a line of /proc/PID/status.
func kibibytes(status, name string) (int64, error) {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, name); ok {
			return strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		}
	}
	return 0, fmt.Errorf("the process's status has no %s", name)
}

// descriptors counts what the processes have open.
func descriptors(pids []int) (int, error) {
	sum := 0
	for _, pid := range pids {
		list, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			return 0, fmt.Errorf("descriptors: %w", err)
		}
		sum += len(list)
	}
	return sum, nil
}

// processes gives the ids for which keep says yes. One that ends meanwhile is none.
func processes(keep func(pid int) bool) []int {
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	var found []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(filepath.Base(entry)); err == nil && keep(pid) {
			found = append(found, pid)
		}
	}
	return found
}

// children are a process's own children whose command line has the word in it.
func children(parent int, word string) []int {
	return processes(func(pid int) bool {
		s, err := statOf(pid)
		if err != nil || s.parent != parent {
			return false
		}
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		return err == nil && bytes.Contains(line, []byte(word))
	})
}

// running are the processes of a program, by the path of its file.
func running(program string) []int {
	return processes(func(pid int) bool {
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
		return err == nil && strings.TrimSuffix(path, " (deleted)") == program
	})
}
