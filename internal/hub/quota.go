package hub

import (
	"strconv"
	"time"
)

// CreditParts is what a credit is counted in: sixtieths, so that a rate in credits a minute is so many of them a
// second, and nothing is ever rounded. All amounts of the ledger are in sixtieths.
const CreditParts = 60

// MostCredits is how many credits one change may be about.
const MostCredits = 10_000_000

// WholeCredits are the whole credits in an amount, rounded down.
func WholeCredits(amount int64) int64 {
	whole := amount / CreditParts
	if amount%CreditParts < 0 {
		whole--
	}
	return whole
}

// ExactCredits writes an amount as it is: "12", or "12 43/60".
func ExactCredits(amount int64) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	whole, parts := amount/CreditParts, amount%CreditParts
	switch {
	case parts == 0:
		return sign + strconv.FormatInt(whole, 10)
	case whole == 0:
		return sign + strconv.FormatInt(parts, 10) + "/60"
	}
	return sign + strconv.FormatInt(whole, 10) + " " + strconv.FormatInt(parts, 10) + "/60"
}

// QuotaAccount is what somebody may spend. What runs at the moment has spent something that is no entry yet, and holds
// something that others of theirs cannot have.
type QuotaAccount struct {
	ID        int64 // 0: nothing was written of it yet
	UserID    int64
	UserName  string
	Settled   int64 // the sum of its entries
	Spent     int64 // by runs that go on
	Held      int64 // for them, beyond what they have spent
	Unlimited bool  // nothing is charged, and the balance stays what it was
	Changed   time.Time
}

// Balance is what there is.
func (a QuotaAccount) Balance() int64 { return a.Settled - a.Spent }

// Available is what a further run could have.
func (a QuotaAccount) Available() int64 { return a.Balance() - a.Held }

// QuotaKind is what an entry of the ledger is about. The names are those of the AUP Learning Cloud.
type QuotaKind string

// The kinds.
const (
	QuotaInitial   QuotaKind = "initial_grant"
	QuotaSet       QuotaKind = "set"
	QuotaAdd       QuotaKind = "add"
	QuotaDeduct    QuotaKind = "deduct"
	QuotaUsage     QuotaKind = "usage"
	QuotaRefresh   QuotaKind = "auto_refresh"
	QuotaReturned  QuotaKind = "returned"   // what was used, since it is old
	QuotaCorrected QuotaKind = "correction" // takes back another entry
	QuotaUnlimited QuotaKind = "set_unlimited"
	QuotaLimited   QuotaKind = "unset_unlimited"
)

// QuotaEntry is one of the ledger. None is ever changed.
type QuotaEntry struct {
	ID        int64
	AccountID int64
	At        time.Time
	Kind      QuotaKind
	Amount    int64
	Balance   int64 // after it
	Actor     string
	Note      string
	Request   string // a change under a key, which is made once for an account; empty: none

	// Of usage.
	ServerName string
	Fence      int64
	Rate       int64 // sixtieths of a credit a second
	Seconds    int64 // that were charged
}

// QuotaRun is what a server's run may spend, and has spent. It is there from the start being asked for to the end of the
// run, and becomes an entry then.
type QuotaRun struct {
	ServerID  int64
	AccountID int64
	Rate      int64 // sixtieths of a credit a second
	Held      int64 // at its start, for the time that was asked for
	Spent     int64
	Seconds   int64 // that were charged
	Until     int64 // the second up to which it is metered; 0: not yet
	Empty     int64 // the second in which nothing was left of its account; 0: something is
}

// QuotaOutlook is how long what somebody has lasts.
type QuotaOutlook struct {
	Account QuotaAccount
	Rate    int64     // sixtieths of a credit a second that all their running servers take together
	Empty   time.Time // when nothing is left; zero where that does not come
	Stops   time.Time // when servers are stopped for it, after the grace
}

// QuotaSum is what entries of a kind come to.
type QuotaSum struct {
	Kind   QuotaKind
	Amount int64
	Count  int64
}

// QuotaQuery says whose quotas are asked for: those of everybody who is in it, by name.
type QuotaQuery struct {
	After string   // names that come after this one
	Limit int      // 0: all
	Names []string // these alone; nil: all

	// Restricted narrows it to the people named and the members of the groups named.
	Restricted bool
	OnlyUsers  []string
	OnlyGroups []string
}
