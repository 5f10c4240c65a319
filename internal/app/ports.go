package app

import (
	"context"
	"encoding/json"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// Store is the database. Both kinds of transaction see one consistent state; fn's
// error rolls back and comes out as it is.
//
// Errors of every method below: hub.NotFound where a single thing that was asked
// for is absent, hub.Conflict where a unique name is taken, hub.Unavailable where
// the database cannot be reached, hub.Internal for the rest.
type Store interface {
	// View runs fn in a read-only transaction.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn in a transaction that may write, and publishes the changes
	// that fn noted with Tx.Publish once it is committed. fn may run more than
	// once when the engine asks for a retry, so it must not have effects outside.
	Update(ctx context.Context, fn func(Tx) error) error
	// Touch writes the times that fn gives, each of which only moves forward. fn may
	// read, and writes nothing. Nothing else is decided by these times, so that no other
	// transaction waits for them or has to be run again, and fn sees what is committed
	// at each of its reads.
	Touch(ctx context.Context, fn func(Tx) (Seen, error)) error
	// Ping tells whether the database answers.
	Ping(ctx context.Context) error
}

// Seen is when people, tokens and servers, by their ids, and sessions were last active.
// A server's time is its person's, too.
type Seen struct {
	Users, Tokens, Servers map[int64]time.Time
	Sessions               map[string]time.Time
}

// Tx is what a transaction offers, one small interface a subject.
type Tx interface {
	// Now is the transaction's time: the same at each call.
	Now() time.Time
	// Publish notes a change, sent to the bus after the commit.
	Publish(Change)

	UserTx
	GroupTx
	RoleTx
	ServiceTx
	TokenTx
	SessionTx
	OAuthTx
	ServerTx
	HomeTx
	NodeTx
	ShareTx
	RecordTx
	SettingTx
	CountTx
}

// UserTx reads and writes people.
type UserTx interface {
	UserByID(ctx context.Context, id int64) (hub.User, error)
	// UserByName takes a normalised name.
	UserByName(ctx context.Context, name string) (hub.User, error)
	// UsersByID gives those of the ids that exist, in no order.
	UsersByID(ctx context.Context, ids []int64) ([]hub.User, error)
	// UsersByName gives those of the names that exist, in no order.
	UsersByName(ctx context.Context, names []string) ([]hub.User, error)
	// ListUsers gives one part of the list, and how many people the whole has.
	ListUsers(ctx context.Context, q hub.UserQuery) ([]hub.User, int, error)
	// CreateUsers makes people with the names, all or none: hub.Conflict when one
	// exists. It fills in ID and Created, in the order of the names.
	CreateUsers(ctx context.Context, names []string, admin bool) ([]hub.User, error)
	// UpdateUser writes Name, Admin, Suspended and ClaimClosed.
	UpdateUser(ctx context.Context, u hub.User) error
	// OtherAdmin tells whether anybody but these is an administrator who is not suspended
	// and can get in: with a password or a token that may do all, or, where others vouch
	// for people, anyhow.
	OtherAdmin(ctx context.Context, but []int64, vouched bool) (bool, error)
	// CloseClaims sets ClaimClosed of everybody without a password who has a home in the
	// place, or in any where it is empty, and gives the ids of those of whom it was not set.
	CloseClaims(ctx context.Context, place string) ([]int64, error)
	// DeleteUsers removes those of the ids that exist, with all that hangs on them.
	DeleteUsers(ctx context.Context, ids []int64) error
	// Password is hub.NotFound for somebody without one.
	Password(ctx context.Context, userID int64) (hub.Password, error)
	SetPassword(ctx context.Context, userID int64, p hub.Password) error
	// SetPasswords is hub.NotFound where one of the people is gone.
	SetPasswords(ctx context.Context, by map[int64]hub.Password) error
}

// GroupTx reads and writes groups and their members.
type GroupTx interface {
	GroupByName(ctx context.Context, name string) (hub.Group, error)
	// ListGroups is in the order of making. names nil: all of them. limit 0: no limit.
	ListGroups(ctx context.Context, names []string, offset, limit int) ([]hub.Group, int, error)
	CreateGroup(ctx context.Context, name string) (hub.Group, error)
	DeleteGroup(ctx context.Context, id int64) error
	SetGroupProperties(ctx context.Context, id int64, properties json.RawMessage) error
	// AddMembers ignores those who are in it already.
	AddMembers(ctx context.Context, groupID int64, userIDs []int64) error
	RemoveMembers(ctx context.Context, groupID int64, userIDs []int64) error
}

// RoleTx reads and writes who holds which role. What a role is says the
// configuration; that everybody has "user" and administrators "admin" is not kept.
type RoleTx interface {
	// RoleMembers is by role.
	RoleMembers(ctx context.Context) ([]hub.RoleMember, error)
	// RoleMemberNames is what the people, groups and services are called who are, or were,
	// members; without those who are gone.
	RoleMemberNames(ctx context.Context, members []hub.RoleMember) (map[hub.RoleMember]string, error)
	// AddRoleMembers ignores those who hold the role already.
	AddRoleMembers(ctx context.Context, members []hub.RoleMember) error
	RemoveRoleMembers(ctx context.Context, members []hub.RoleMember) error
}

// ServiceTx reads and writes services.
type ServiceTx interface {
	ServiceByID(ctx context.Context, id int64) (hub.Service, error)
	ServiceByName(ctx context.Context, name string) (hub.Service, error)
	// ListServices is in the order of making.
	ListServices(ctx context.Context) ([]hub.Service, error)
	// CreateService fills in ID.
	CreateService(ctx context.Context, s hub.Service) (hub.Service, error)
	// UpdateService writes all of s but its roles.
	UpdateService(ctx context.Context, s hub.Service) error
	// DeleteService takes its tokens and its OAuth client with it, and gives the
	// hashes of the tokens, people's too.
	DeleteService(ctx context.Context, id int64) ([]string, error)
	// TokensOfService lists a service's own tokens by ID.
	TokensOfService(ctx context.Context, serviceID int64) ([]hub.Token, error)
	DeleteServiceToken(ctx context.Context, hash string) error
	DeleteTokensOfService(ctx context.Context, serviceID int64) ([]string, error)
}

// TokenTx reads and writes API tokens.
type TokenTx interface {
	// TokenByHash finds a token, a service's too, expired ones too, with the names of
	// its owner and its client.
	TokenByHash(ctx context.Context, hash string) (hub.Token, error)
	// TokensByHash finds those that exist, as TokenByHash does, in no order.
	TokensByHash(ctx context.Context, hashes []string) ([]hub.Token, error)
	// TokenByID finds a person's token.
	TokenByID(ctx context.Context, id int64) (hub.Token, error)
	// TokensOf lists a person's tokens by ID, expired ones too.
	TokensOf(ctx context.Context, userID int64) ([]hub.Token, error)
	// ListTokens gives one part of a list, and how many tokens the whole has.
	ListTokens(ctx context.Context, q hub.TokenQuery) ([]hub.Token, int, error)
	// TokensOfClient lists what the person gave a client, expired ones too.
	TokensOfClient(ctx context.Context, userID int64, clientID string) ([]hub.Token, error)
	// TokenClients lists the applications that the person gave tokens to, the one used
	// last first, at most limit.
	TokenClients(ctx context.Context, userID int64, limit int) ([]hub.TokenClient, error)
	// CountTokens counts a person's tokens of a client that have not expired, as far as
	// most. Servers' own tokens are not among them.
	CountTokens(ctx context.Context, userID int64, clientID string, most int) (int, error)
	// CreateToken fills in ID and Created. A token with a ServiceID is the service's.
	CreateToken(ctx context.Context, t hub.Token) (hub.Token, error)
	// The deleting methods give the hashes of what they deleted, so that caches
	// and open connections can be told.
	DeleteToken(ctx context.Context, id int64) ([]string, error)
	DeleteTokensOfClient(ctx context.Context, userID int64, clientID string) ([]string, error)
	DeleteTokensOfServer(ctx context.Context, serverID int64) ([]string, error)
	DeleteTokensOfSession(ctx context.Context, sessionID string) ([]string, error)
	DeleteTokensOfUser(ctx context.Context, userID int64) ([]string, error)
	// DeleteGivenTokens deletes those of a person that are not their servers' own.
	DeleteGivenTokens(ctx context.Context, userID int64) ([]string, error)
	// DeleteStalest deletes n of those that CountTokens counts, the ones that were not
	// used for longest; only such with the note, where it is not empty.
	DeleteStalest(ctx context.Context, userID int64, clientID, note string, n int) ([]string, error)
	// DeleteExpired removes at most limit tokens, sessions and codes whose time has
	// passed, and tickets and answers a day old, and says how many went.
	DeleteExpired(ctx context.Context, limit int) (int, error)
}

// SessionTx reads and writes browser sessions.
type SessionTx interface {
	SessionByID(ctx context.Context, id string) (hub.Session, error)
	// SessionsByID gives those of the ids that exist, in no order.
	SessionsByID(ctx context.Context, ids []string) ([]hub.Session, error)
	SessionByLogin(ctx context.Context, loginHash string) (hub.Session, error)
	SessionsOf(ctx context.Context, userID int64) ([]hub.Session, error)
	// StaleSessions gives the ids of at most limit of a person's sessions, besides those
	// keep that were seen last.
	StaleSessions(ctx context.Context, userID int64, keep, limit int) ([]string, error)
	CreateSession(ctx context.Context, s hub.Session) error
	// DeleteSession is no error when there is none.
	DeleteSession(ctx context.Context, id string) error
	// DeleteSessionsOf ends all of a person's sessions but the one kept (which may
	// be empty), and gives the ids of those it ended.
	DeleteSessionsOf(ctx context.Context, userID int64, keep string) ([]string, error)
}

// OAuthTx reads and writes OAuth clients and codes.
type OAuthTx interface {
	OAuthClient(ctx context.Context, id string) (hub.OAuthClient, error)
	// PutOAuthClient makes or replaces a client by its ID: hub.Conflict for one of
	// another server or service.
	PutOAuthClient(ctx context.Context, c hub.OAuthClient) error
	// DeleteOAuthClient also deletes its codes and tokens, and gives the tokens' hashes.
	DeleteOAuthClient(ctx context.Context, id string) ([]string, error)
	CreateOAuthCode(ctx context.Context, c hub.OAuthCode) error
	// TrimOAuthCodes deletes a person's codes, used ones too, but those keep that are good
	// for longest.
	TrimOAuthCodes(ctx context.Context, userID int64, keep int) error
	// OAuthCode finds a code, used ones too.
	OAuthCode(ctx context.Context, hash string) (hub.OAuthCode, error)
	// UseOAuthCode marks a code as exchanged for the token; false when it had been
	// already.
	UseOAuthCode(ctx context.Context, hash string, tokenID int64) (bool, error)
}

// ServerTx reads and writes servers.
type ServerTx interface {
	ServerByID(ctx context.Context, id int64) (hub.Server, error)
	// ServersByID gives those of the ids that exist, in no order.
	ServersByID(ctx context.Context, ids []int64) ([]hub.Server, error)
	Server(ctx context.Context, userID int64, name string) (hub.Server, error)
	// ServersOf lists the servers of the people, by person and name.
	ServersOf(ctx context.Context, userIDs []int64) ([]hub.Server, error)
	// ListServers lists every server, by person and name.
	ListServers(ctx context.Context) ([]hub.Server, error)
	// LiveServers lists every server that is not at rest: WantRunning, Remove, or a
	// phase other than stopped and failed; in the order of their tickets, without FailureLog.
	LiveServers(ctx context.Context) ([]hub.Server, error)
	// CreateServer fills in ID.
	CreateServer(ctx context.Context, s hub.Server) (hub.Server, error)
	// UpdateServer writes all of s but LastActivity, if the row still has the fence
	// given: false when another run has begun meanwhile.
	UpdateServer(ctx context.Context, s hub.Server, fence int64) (bool, error)
	// RenameServer is hub.Conflict where the person has one of that name.
	RenameServer(ctx context.Context, id int64, name string) error
	DeleteServer(ctx context.Context, id int64) error
	// NextTicket gives the next place in the order of asking.
	NextTicket(ctx context.Context) (int64, error)
	// RenewLeases moves LeaseUntil of the servers that owner drives.
	RenewLeases(ctx context.Context, owner string, until time.Time) error
}

// HomeTx reads and writes what is known of people's homes.
type HomeTx interface {
	HomeByID(ctx context.Context, id string) (hub.Home, error)
	// HomeOf is the home of a person; hub.NotFound for somebody who has none yet.
	HomeOf(ctx context.Context, userID int64) (hub.Home, error)
	// ListHomes gives those that the query asks for, by ID.
	ListHomes(ctx context.Context, q hub.HomeQuery) ([]hub.Home, error)
	// HomeIDs gives the ids of all homes of a place, in no order.
	HomeIDs(ctx context.Context, place string) ([]string, error)
	// DueHomes gives at most limit homes of a place that it has not noted as they are now,
	// longest first: those to pack or unpack, or the others.
	DueHomes(ctx context.Context, place string, packing bool, limit int) ([]hub.Home, error)
	// CountHomes counts the homes of a place that are nobody's, and people whose home lies
	// elsewhere.
	CountHomes(ctx context.Context, place string) (unowned, elsewhere int, err error)
	// CreateHomes is hub.Conflict where one exists, or a person has one.
	CreateHomes(ctx context.Context, homes ...hub.Home) error
	// LeaveHomes makes the homes of people nobody's.
	LeaveHomes(ctx context.Context, userIDs []int64) error
	// UpdateHome writes all of a home but ID and Created. It is hub.Conflict where
	// its person has another one.
	UpdateHome(ctx context.Context, h hub.Home) error
}

// NodeTx knows the machines that run servers.
type NodeTx interface {
	// SeeNode notes that a node lives, now.
	SeeNode(ctx context.Context, n hub.Node) error
	// ListNodes is all of them, by ID, also those that are known from their servers alone.
	ListNodes(ctx context.Context) ([]hub.Node, error)
	// ServersOn lists the servers on record as being on a node, by ID.
	ServersOn(ctx context.Context, node string) ([]hub.Server, error)
	DeleteNode(ctx context.Context, id string) error
	// RaiseIDs sees to it that people and servers made from now on get higher ids.
	RaiseIDs(ctx context.Context, user, server int64) error
}

// ShareTx reads and writes shared servers.
type ShareTx interface {
	// ListShares and ListShareCodes give one part of a list, in the order of making,
	// and how many the whole has. Expired codes are not in it.
	ListShares(ctx context.Context, q hub.ShareQuery) ([]hub.Share, int, error)
	ListShareCodes(ctx context.Context, q hub.ShareQuery) ([]hub.ShareCode, int, error)
	// Share finds what is shared on a server with a person, or with a group: the other
	// id is 0.
	Share(ctx context.Context, serverID, userID, groupID int64) (hub.Share, error)
	// PutShare makes a share, or, given its ID, changes its scopes.
	PutShare(ctx context.Context, h hub.Share) (hub.Share, error)
	DeleteShare(ctx context.Context, id int64) error
	DeleteSharesOfServer(ctx context.Context, serverID int64) error
	// ShareCodeByHash finds a code, expired ones too.
	ShareCodeByHash(ctx context.Context, hash string) (hub.ShareCode, error)
	// CreateShareCode fills in ID, Created and the names.
	CreateShareCode(ctx context.Context, c hub.ShareCode) (hub.ShareCode, error)
	// UseShareCode counts an exchange.
	UseShareCode(ctx context.Context, id int64) error
	// DeleteShareCodes deletes the code with the id of a server, or all of the server's
	// where it is 0, and says how many went.
	DeleteShareCodes(ctx context.Context, serverID, id int64) (int, error)
	// ShareRecipients are the people with whom something of the owner's is shared,
	// directly or by a group.
	ShareRecipients(ctx context.Context, ownerID int64) ([]int64, error)
}

// RecordTx keeps the audit log, the servers' events, the usage of servers and answers.
type RecordTx interface {
	AddAudit(ctx context.Context, entries ...hub.AuditEntry) error
	// ListAudit gives the newest entries that the query asks for, newest first.
	ListAudit(ctx context.Context, q hub.AuditQuery) ([]hub.AuditEntry, error)
	// Answer is hub.NotFound for a key that the owner never used.
	Answer(ctx context.Context, owner, key string) (hub.Answer, error)
	// CountAnswers counts the answers that the owner has, as far as most.
	CountAnswers(ctx context.Context, owner string, most int) (int, error)
	// PutAnswer keeps an answer, or replaces its content.
	PutAnswer(ctx context.Context, a hub.Answer) error
	// AddEvent fills in ID.
	AddEvent(ctx context.Context, e hub.ServerEvent) (hub.ServerEvent, error)
	// EventsOf lists a run's events with an ID above after, oldest first.
	EventsOf(ctx context.Context, serverID, fence, after int64) ([]hub.ServerEvent, error)
	OpenUsage(ctx context.Context, u hub.Usage) error
	// ChargeUsage moves ChargedUntil of every open entry whose server runs on owner.
	ChargeUsage(ctx context.Context, owner string, until time.Time) error
	// CloseUsage ends the open entry of a run; no error when there is none.
	CloseUsage(ctx context.Context, serverID, fence int64, at time.Time) error
	// DeleteAuditBefore and DeleteEventsBefore remove at most limit old rows and say
	// how many went.
	DeleteAuditBefore(ctx context.Context, before time.Time, limit int) (int, error)
	DeleteEventsBefore(ctx context.Context, before time.Time, limit int) (int, error)
}

// SettingTx keeps the hub's own few values: secrets, what was applied last.
type SettingTx interface {
	// Setting is hub.NotFound for a key never set.
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// Change says that something changed, so that caches, routes and open
// connections follow. It holds ids and hashes only, never secrets.
type Change struct {
	Kind   ChangeKind
	ID     int64  // of the user, server or service
	UserID int64  // whose server, token or session it is
	Key    string // a session's id, or a token's hash
	Told   bool   // this process's App knows it already; it does not travel
}

// ChangeKind names what changed.
type ChangeKind string

// What can change.
const (
	UserChanged    ChangeKind = "user"    // rights, groups, suspension, name; or deleted
	ServiceChanged ChangeKind = "service" // made, changed or deleted
	ServerChanged  ChangeKind = "server"  // phase, wish or address
	HomeChanged    ChangeKind = "home"    // whose it is, or what is to be done with it
	ServerDoubted  ChangeKind = "doubt"   // nothing, maybe: whoever drives the server shall look whether it runs
	TokenRevoked   ChangeKind = "token"   // Key is its hash
	SessionRevoked ChangeKind = "session" // Key is its id
	Resync         ChangeKind = "resync"  // changes may have been missed: forget all that is cached
)

// Bus carries changes to whoever keeps something in memory.
type Bus interface {
	Publish(ctx context.Context, changes ...Change)
	// Subscribe calls fn with every change from now on, in order, from one
	// goroutine, until ctx ends. A subscriber that falls behind gets a Resync.
	Subscribe(ctx context.Context, name string, fn func(Change))
}

// PasswordHasher hashes and checks passwords in a bounded pool.
type PasswordHasher interface {
	Hash(ctx context.Context, password string) (string, error)
	// Verify tells whether the password is right, and whether its hash should be
	// made anew with today's cost. hash "" takes as long as a real one and is false.
	Verify(ctx context.Context, hash, password string) (ok, rehash bool, err error)
	// Known is hub.Invalid for a hash, made elsewhere, that Verify could not read.
	Known(hash string) error
}

// Throttle slows down guessing. Only failures count. Each Check that lets an attempt
// pass is followed by Failed or Succeeded; an attempt that was never decided, since
// the database was away say, is forgotten in time.
type Throttle interface {
	// Check is a hub.Limit error with RetryAfter while name or address must wait.
	Check(name, address string) error
	Failed(name, address string)
	Succeeded(name, address string)
	// Undecided is for an attempt that was neither: there is no password yet.
	Undecided(name, address string)
}
