package accounts

import (
	"fmt"
	"strconv"
	"strings"
)

// Entry is the entry of a server's user in the account databases, for a uid that the
// machine's own do not have.
type Entry struct {
	Name  string `json:"name"`
	Home  string `json:"home"`
	Shell string `json:"shell"`
}

// passwd is the line for passwd(5); empty if the file cannot represent it.
func (e Entry) passwd(uid, gid uint32) string {
	if strings.ContainsAny(e.Home+e.Shell, ":\n") {
		return ""
	}
	return fmt.Sprintf("%s:x:%d:%d:%s:%s:%s\n", e.safeName(), uid, gid, strings.ReplaceAll(e.safeName(), ",", " "), e.Home, e.Shell)
}

// group is the line of group(5) for the person's own group.
func (e Entry) group(gid uint32) string { return fmt.Sprintf("%s:x:%d:\n", e.safeName(), gid) }

// safeName is the name as these files can represent it: a colon separates their fields, and a
// + or - in front makes some systems include network accounts.
func (e Entry) safeName() string {
	name := strings.ReplaceAll(e.Name, ":", "_")
	if strings.HasPrefix(name, "+") || strings.HasPrefix(name, "-") {
		return "_" + name[1:]
	}
	return name
}

// hasID reports whether a file in the form of passwd or group has this id already.
func hasID(text string, id uint32) bool {
	want := strconv.FormatUint(uint64(id), 10)
	for line := range strings.Lines(text) {
		if fields := strings.Split(line, ":"); len(fields) > 2 && fields[2] == want {
			return true
		}
	}
	return false
}

// LoginPath names the folders of PATH that login shells must not lose: see the login
// shell of the managed environment.
const LoginPath = "NOTEBOOK_PATH"

// profile restores PATH at the end of /etc/profile, whose lines before it overwrite PATH on
// many systems.
const profile = `
# What follows is the hub's, and in notebook servers alone: the folders of PATH that are theirs.
if [ -n "${` + LoginPath + `-}" ]; then
  case ":$PATH:" in
  *":$` + LoginPath + `:"*) ;;
  *) PATH="$` + LoginPath + `:$PATH" ;;
  esac
fi
`
