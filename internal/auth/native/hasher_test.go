package native

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/alexedwards/argon2id"
	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"
	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
)

var (
	_ login.PasswordHasher = (*Hasher)(nil)
	_ login.Throttle       = (*Throttle)(nil)
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick is a hasher that costs next to nothing.
func quick() *Hasher {
	return NewHasher(HasherOptions{MemoryKiB: 64, Iterations: 1, Parallelism: 1, Workers: 2})
}

func bcryptHash(t *testing.T, password, prefix string) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return prefix + strings.TrimPrefix(string(hash), "$2a$")
}

func TestVerify(t *testing.T) {
	h := quick()
	own, err := h.Hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	costlier, err := argon2id.CreateHash("correct horse", &argon2id.Params{Memory: 128, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	first72 := strings.Repeat("0123456789ab", 6)
	long := bcryptHash(t, first72, "$2b$")
	for _, tc := range []struct {
		name, hash, password string
		ok, rehash           bool
	}{
		{"right", own, "correct horse", true, false},
		{"wrong", own, "correct horses", false, false},
		{"empty password", own, "", false, false},
		{"too long a password", own, strings.Repeat("a", MaxPassword+1), false, false},
		{"somebody without a hash", "", "correct horse", false, false},
		{"nothing at all", "", "", false, false},
		{"another cost, right", costlier, "correct horse", true, true},
		{"another cost, wrong", costlier, "horse", false, false},
		{"bcrypt 2a, right", bcryptHash(t, "correct horse", "$2a$"), "correct horse", true, true},
		{"bcrypt 2b, right", bcryptHash(t, "correct horse", "$2b$"), "correct horse", true, true},
		{"bcrypt 2y, right", bcryptHash(t, "correct horse", "$2y$"), "correct horse", true, true},
		{"bcrypt, wrong", bcryptHash(t, "correct horse", "$2b$"), "battery", false, false},
		{"bcrypt of nothing", bcryptHash(t, "", "$2b$"), "", false, false},
		{"bcrypt, repeated with a NUL", bcryptHash(t, "a", "$2b$"), "a\x00a", false, false},
		{"bcrypt, 72 bytes", long, first72, true, true},
		{"bcrypt, beyond 72 bytes: right, but the rest is unknown", long, first72 + "and more", true, false},
		{"bcrypt, beyond 72 bytes, wrong in the first", long, "x" + first72 + "and more", false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ok, rehash, err := h.Verify(t.Context(), tc.hash, tc.password)
			if err != nil || ok != tc.ok || rehash != tc.rehash {
				t.Errorf("Verify = %v, %v, %v; want %v, %v, no error", ok, rehash, err, tc.ok, tc.rehash)
			}
		})
	}
}

func TestVerifyRefusesHashes(t *testing.T) {
	const salt, key = "c29tZXNhbHRzb21lc2FsdA", "RdescudvJCsgt3ub+b+dWRWJTmaaJObGRdescudvJCs"
	for name, hash := range map[string]string{
		"plain text":        "correct horse",
		"another algorithm": "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"bcrypt 2x":         "$2x$04$abcdefghijklmnopqrstuv",
		"bcrypt, short":     "$2b$04$abc",
		"bcrypt, costly":    "$2b$31$" + strings.Repeat("a", 53),
		"no iterations":     "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"no threads":        "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"no key":            "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"no salt":           "$argon2id$v=19$m=64,t=1,p=1$$" + key,
		"memory":            "$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"iterations":        "$argon2id$v=19$m=64,t=4294967295,p=1$" + salt + "$" + key,
		"memory × time":     "$argon2id$v=19$m=1048576,t=64,p=1$" + salt + "$" + key,
		"far too long":      "$argon2id$" + strings.Repeat("a", 1000),
		"not base64":        "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$!!!",
	} {
		t.Run(name, func(t *testing.T) {
			ok, rehash, err := quick().Verify(t.Context(), hash, "correct horse")
			if ok || rehash || !hub.Is(err, hub.Internal) {
				t.Errorf("Verify = %v, %v, %v; want hub.Internal", ok, rehash, err)
			}
		})
	}
}

func TestHash(t *testing.T) {
	h := quick()
	for name, password := range map[string]string{"empty": "", "too long": strings.Repeat("a", MaxPassword+1)} {
		if _, err := h.Hash(t.Context(), password); !hub.Is(err, hub.Invalid) {
			t.Errorf("%s: %v, want hub.Invalid", name, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		password := string(rapid.SliceOfN(rapid.Byte(), 1, 200).Draw(t, "password"))
		hash, err := h.Hash(context.Background(), password)
		if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Fatalf("Hash = %q, %v", hash, err)
		}
		if ok, rehash, err := h.Verify(context.Background(), hash, password); !ok || rehash || err != nil {
			t.Fatalf("Verify of its own hash = %v, %v, %v", ok, rehash, err)
		}
		if ok, _, err := h.Verify(context.Background(), hash, password+"x"); ok || err != nil {
			t.Fatalf("Verify of another password = %v, %v", ok, err)
		}
	})
}

func TestHasherOptions(t *testing.T) {
	for name, tc := range map[string]struct {
		options HasherOptions
		want    argon2id.Params
	}{
		"defaults": {HasherOptions{}, argon2id.Params{Memory: 19456, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}},
		"bounds": {
			HasherOptions{MemoryKiB: 1 << 40, Iterations: 1 << 40, Parallelism: 257},
			argon2id.Params{Memory: maxMemoryKiB, Iterations: maxIterations, Parallelism: maxParallelism, SaltLength: 16, KeyLength: 32},
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := NewHasher(tc.options)
			if h.params != tc.want {
				t.Errorf("params = %+v, want %+v", h.params, tc.want)
			}
			p, err := h.readArgon2id(h.absent)
			if err != nil || *p != tc.want {
				t.Errorf("the hash for absent people reads as %+v, %v", p, err)
			}
		})
	}
}

func TestHasherHonoursContext(t *testing.T) {
	h := quick()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Hash(ctx, "correct horse"); !errors.Is(err, context.Canceled) {
		t.Errorf("Hash: %v", err)
	}
	if _, _, err := h.Verify(ctx, "", "correct horse"); !errors.Is(err, context.Canceled) {
		t.Errorf("Verify: %v", err)
	}
}

func TestVerifyWhenTooManyWait(t *testing.T) {
	h := quick()
	h.pool = newPool(1, 0)
	if err := h.pool.acquire(t.Context(), loginWork); err != nil {
		t.Fatal(err)
	}
	_, _, err := h.Verify(t.Context(), "", "correct horse")
	if e, ok := errors.AsType[*hub.Error](err); !ok || e.Code != hub.Unavailable || e.RetryAfter <= 0 || e.Msg == "" {
		t.Errorf("Verify = %#v, want hub.Unavailable with RetryAfter", err)
	}
}

func TestHasherTogether(t *testing.T) {
	h := quick()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			hash, err := h.Hash(t.Context(), "correct horse")
			if err != nil {
				t.Error(err)
			}
			if ok, _, err := h.Verify(t.Context(), hash, "correct horse"); !ok || err != nil {
				t.Errorf("Verify = %v, %v", ok, err)
			}
		})
	}
	wg.Wait()
	if h.pool.free != 2 {
		t.Errorf("%d slots are free at the end, want 2", h.pool.free)
	}
}
