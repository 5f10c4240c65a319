package native

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"github.com/atriumhub/atrium/internal/hub"
)

// MaxPassword is the longest password, in bytes.
const MaxPassword = 4096

// Cost of a hash where HasherOptions says nothing: the floor that OWASP recommends
// for argon2id, about 40 ms of one core.
const (
	DefaultMemoryKiB   = 19 * 1024
	DefaultIterations  = 2
	DefaultParallelism = 1
)

// Bounds on what a hash may cost, whoever made it: one that was imported must not
// take the machine's memory, or keep a worker for minutes.
const (
	maxMemoryKiB   = 1 << 20
	maxIterations  = 64
	maxParallelism = 64
	maxBcryptCost  = 15
	maxHashLength  = 512

	saltLength = 16
	keyLength  = 32
)

// bcryptReach is how many bytes of a password bcrypt takes in.
const bcryptReach = 72

// maxWaitingLogins bounds the queue of logins: more than that would have given up
// long before their turn.
const maxWaitingLogins = 4096

// HasherOptions says what hashing costs. Zero means the default.
type HasherOptions struct {
	MemoryKiB   int // of one hash; the hasher takes Workers times as much at most
	Iterations  int
	Parallelism int // threads of one hash
	Workers     int // hashes at a time; 0: GOMAXPROCS
	// Waited is told how long work ("login" or "bulk") waited for its turn. May be nil.
	Waited func(kind string, wait time.Duration)
}

// Hasher makes and checks hashes of passwords: argon2id in the PHC format, bcrypt
// accepted. At most Workers computations run at a time, and logins go ahead of new
// hashes. It is a login.PasswordHasher.
type Hasher struct {
	params argon2id.Params
	absent string // a hash that no password has, with today's cost
	pool   *pool
	waited func(kind string, wait time.Duration)
	now    hub.Elapsed
}

// NewHasher makes a Hasher. Costs beyond what is allowed are brought into bounds.
func NewHasher(o HasherOptions) *Hasher {
	workers := o.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	params := argon2id.Params{
		Memory:      uint32(within(o.MemoryKiB, DefaultMemoryKiB, maxMemoryKiB)),
		Iterations:  uint32(within(o.Iterations, DefaultIterations, maxIterations)),
		Parallelism: uint8(within(o.Parallelism, DefaultParallelism, maxParallelism)),
		SaltLength:  saltLength,
		KeyLength:   keyLength,
	}
	waited := o.Waited
	if waited == nil {
		waited = func(string, time.Duration) {}
	}
	return &Hasher{
		params: params, absent: absentHash(params), pool: newPool(workers, maxWaitingLogins),
		waited: waited, now: hub.NewElapsed(),
	}
}

// within gives n, or usual where n says nothing, and never more than most.
func within(n, usual, most int) int {
	if n <= 0 {
		return usual
	}
	return min(n, most)
}

// absentHash is a well-formed hash with a random key: checking against it costs
// what a real one does, and making it costs nothing.
func absentHash(p argon2id.Params) string {
	var salt [saltLength]byte
	var key [keyLength]byte
	_, _ = rand.Read(salt[:]) // never fails: crypto/rand ends the process instead
	_, _ = rand.Read(key[:])
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Iterations, p.Parallelism,
		b64.EncodeToString(salt[:]), b64.EncodeToString(key[:]))
}

// Hash makes the hash of a password. It is hub.Invalid for one that is empty or
// longer than MaxPassword, and an error of ctx when that ends first.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	switch {
	case password == "":
		return "", hub.Errorf(hub.Invalid, "The password is empty.")
	case len(password) > MaxPassword:
		return "", hub.Errorf(hub.Invalid, "The password is too long: at most %d bytes.", MaxPassword)
	}
	if err := h.turn(ctx, bulkWork); err != nil {
		return "", fmt.Errorf("wait to hash a password: %w", err)
	}
	defer h.pool.release()
	hash, err := argon2id.CreateHash(password, &h.params)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// Verify tells whether the password has the hash, and whether the hash should be
// made anew with today's cost; that is only ever so with the right password.
//
// An empty hash, an empty password and one longer than MaxPassword cost as much as
// any other and are never right. Errors: hub.Unavailable when too many logins wait
// already, hub.Internal for a hash that cannot be read or costs more than is
// allowed, or an error of ctx when that ends before it is this one's turn.
//
// bcrypt takes in the first 72 bytes of a password only. Hubs that made such
// hashes let longer passwords in by those bytes, and so does Verify. But it does
// not ask for a new hash then: the rest was never checked, and a slip in it would
// become part of the password.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, rehash bool, err error) {
	impossible := hash == "" || password == "" || len(password) > MaxPassword
	if impossible {
		hash, password = h.absent, ""
	}
	check, err := h.checker(hash)
	if err != nil {
		return false, false, hub.Wrap(hub.Internal, err, "")
	}
	switch err := h.turn(ctx, loginWork); {
	case errors.Is(err, errQueueFull):
		busy := hub.Wrap(hub.Unavailable, err, "Too many people are logging in at the moment. Try again in a few seconds.")
		busy.RetryAfter = 5 * time.Second
		return false, false, busy
	case err != nil:
		return false, false, fmt.Errorf("wait to check a password: %w", err)
	}
	defer h.pool.release()
	ok, rehash, err = check(password)
	if err != nil {
		return false, false, hub.Wrap(hub.Internal, fmt.Errorf("check a password: %w", err), "")
	}
	if impossible || !ok {
		return false, false, nil
	}
	return true, rehash, nil
}

// Known is hub.Invalid for a hash that Verify could not read, or that would cost more
// than is allowed.
func (h *Hasher) Known(hash string) error {
	if _, err := h.checker(hash); err != nil {
		return hub.Wrap(hub.Invalid, err, "The password's hash cannot be used: it must be bcrypt's ($2a$, $2b$, $2y$) or argon2id's, at a cost that the hub allows.")
	}
	return nil
}

// checker reads a hash, and gives the costly part of checking a password against it.
func (h *Hasher) checker(hash string) (func(password string) (ok, rehash bool, err error), error) {
	switch {
	case len(hash) > maxHashLength:
		return nil, errors.New("a password hash is too long")
	case strings.HasPrefix(hash, "$argon2id$"):
		params, err := h.readArgon2id(hash)
		if err != nil {
			return nil, err
		}
		return func(password string) (bool, bool, error) {
			ok, err := argon2id.ComparePasswordAndHash(password, hash)
			return ok, *params != h.params, err
		}, nil
	case strings.HasPrefix(hash, "$2a$"), strings.HasPrefix(hash, "$2b$"), strings.HasPrefix(hash, "$2y$"):
		cost, err := bcrypt.Cost([]byte(hash))
		if err != nil {
			return nil, fmt.Errorf("read a bcrypt hash: %w", err)
		}
		if cost < bcrypt.MinCost || cost > maxBcryptCost {
			return nil, fmt.Errorf("a bcrypt hash has the cost %d, allowed are %d to %d", cost, bcrypt.MinCost, maxBcryptCost)
		}
		return func(password string) (bool, bool, error) { return checkBcrypt(hash, password) }, nil
	default:
		return nil, errors.New("a password hash is of no known kind")
	}
}

// readArgon2id reads a hash's parameters and refuses those on which the algorithm
// would panic, agree with any password, or exhaust the machine.
func (h *Hasher) readArgon2id(hash string) (*argon2id.Params, error) {
	p, salt, key, err := argon2id.DecodeHash(hash)
	if err != nil {
		return nil, fmt.Errorf("read an argon2id hash: %w", err)
	}
	cheap := p.Iterations < 1 || p.Parallelism < 1 || len(salt) < 8 || len(key) < 16
	costly := p.Iterations > maxIterations || p.Parallelism > maxParallelism || p.Memory > maxMemoryKiB ||
		uint64(p.Memory)*uint64(p.Iterations) > 4*maxMemoryKiB
	if *p != h.params && (cheap || costly) {
		return nil, fmt.Errorf("an argon2id hash has the parameters m=%d,t=%d,p=%d, a salt of %d and a key of %d bytes: out of bounds",
			p.Memory, p.Iterations, p.Parallelism, len(salt), len(key))
	}
	return p, nil
}

// checkBcrypt compares with a bcrypt hash. A password with a NUL is wrong: bcrypt
// repeats the password with a NUL in between, so that "a" and "a\x00a" are one.
func checkBcrypt(hash, password string) (ok, rehash bool, err error) {
	err = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password))
	switch {
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return false, false, nil
	case err != nil:
		return false, false, fmt.Errorf("bcrypt: %w", err)
	case strings.ContainsRune(password, 0):
		return false, false, nil
	}
	return true, len(password) <= bcryptReach, nil
}
