package hub

// MadeRole is a role that was made while the hub runs, beside those of the configuration.
type MadeRole struct {
	Name, Description string
	Scopes            []string // raw
}

// GivenRole says that somebody has such a role: on a group alone, where there is one.
type GivenRole struct {
	Role    string
	UserID  int64
	User    string
	GroupID int64
	Group   string
}

// Given is such a role as it is read with a person. Without Scopes it is a ready-made one.
type Given struct {
	Role, Group string
	Scopes      []string // raw, as the role has them
}
