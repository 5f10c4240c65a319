package command

import (
	"cmp"
	"regexp"
	"runtime/debug"
	"strings"
)

// version is set at build time: see the Makefile.
var version string

// Version is the binary's own version: the tag that it was built from, else the commit.
func Version() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unversioned
	}
	return versionOf(info)
}

// unversioned is the version of a binary that was built outside a repository.
const unversioned = "dev"

// pseudo is what the go command makes up for a commit without a tag: the commit is in it.
var pseudo = regexp.MustCompile(`^v.+[-.]\d{14}-([0-9a-f]{12})$`)

// versionOf is the version of a binary that go itself built, as by go install.
func versionOf(info *debug.BuildInfo) string {
	tag, dirty := strings.CutSuffix(info.Main.Version, "+dirty")
	commit := ""
	if m := pseudo.FindStringSubmatch(tag); m != nil {
		tag, commit = "", m[1]
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	if tag == "(devel)" {
		tag = ""
	}
	v := cmp.Or(strings.TrimPrefix(tag, "v"), commit[:min(len(commit), 7)], unversioned)
	if dirty {
		v += "-dirty"
	}
	return v
}
