package local

import (
	"fmt"
	"strconv"
	"strings"
)

// person is what account databases say of whom a server runs as, where the machine's
// own know nothing of the uid.
type person struct {
	Name  string `json:"name"`
	Home  string `json:"home"`
	Shell string `json:"shell"`
}

// personFor is nil where servers run as accounts of the machine.
func (d *Driver) personFor(who account) *person {
	if !d.root || d.opt.SystemUsers || d.opt.Unnamed {
		return nil
	}
	return &person{Name: who.name, Home: who.home, Shell: who.shell}
}

// passwd is the person's line of passwd(5); empty where it cannot be written.
func (p person) passwd(uid, gid uint32) string {
	if strings.ContainsAny(p.Home+p.Shell, ":\n") {
		return ""
	}
	return fmt.Sprintf("%s:x:%d:%d:%s:%s:%s\n", p.account(), uid, gid, strings.ReplaceAll(p.account(), ",", " "), p.Home, p.Shell)
}

// group is the line of group(5) for the person's own group.
func (p person) group(gid uint32) string { return fmt.Sprintf("%s:x:%d:\n", p.account(), gid) }

// account is the name as these files can hold it: a colon separates their fields, and a
// + or - in front asks some systems for the accounts of a network.
func (p person) account() string {
	name := strings.ReplaceAll(p.Name, ":", "_")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "_" + name[1:]
	}
	return name
}

// hasID tells whether a file in the form of passwd or group has this id already.
func hasID(text string, id uint32) bool {
	want := strconv.FormatUint(uint64(id), 10)
	for line := range strings.Lines(text) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == want {
			return true
		}
	}
	return false
}

// profile puts back, in every login shell, what the lines of /etc/profile above it may
// have taken away: on many systems they set PATH anew.
const profile = `
# What follows is the hub's, and in notebook servers alone: the folders of PATH that are theirs.
if [ -n "${` + loginPath + `-}" ]; then
  case ":$PATH:" in
  *":$` + loginPath + `:"*) ;;
  *) PATH="$` + loginPath + `:$PATH" ;;
  esac
fi
`
