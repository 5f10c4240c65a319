package hub

import "time"

// Share lets a person or the members of a group use somebody's server. There is
// one for each server and recipient; what is granted later is added to it.
type Share struct {
	ID         int64
	ServerID   int64
	ServerName string
	OwnerID    int64 // whose server it is
	OwnerName  string
	UserID     int64 // the person it is shared with; 0 for a group
	UserName   string
	GroupID    int64 // the group it is shared with; 0 for a person
	GroupName  string
	Scopes     []string // base scopes, sorted; each holds for this server alone
	Created    time.Time
}

// ShareCode is a secret by which whoever has it gets a share.
type ShareCode struct {
	ID            int64
	ServerID      int64
	ServerName    string
	OwnerID       int64
	OwnerName     string
	Hash          string // HashSecret of the code
	Scopes        []string
	Created       time.Time
	Expires       time.Time
	Exchanges     int // how often it was accepted
	LastExchanged time.Time
}

// ShareQuery says which shares or codes a list holds: those with all the ids that
// are not 0. UserID also finds what is shared with the person's groups.
type ShareQuery struct {
	OwnerID, ServerID, UserID, GroupID int64
	Offset, Limit                      int // Limit 0: all
}
