package data

import (
	"context"
	"time"

	"github.com/atriumhub/atrium/internal/hub"
)

// QuotaTx keeps what people may spend, and what became of it. Balances are never written by themselves: they are what
// entries come to.
type QuotaTx interface {
	// QuotasOf gives what is known of people's accounts, by their ids; of somebody without one there is nothing.
	QuotasOf(ctx context.Context, userIDs []int64) ([]hub.QuotaAccount, error)
	// ListQuotas gives everybody whom the query asks for, by name, also those without an account, whose ID is 0.
	ListQuotas(ctx context.Context, q hub.QuotaQuery) ([]hub.QuotaAccount, error)
	// OpenQuotas makes accounts for those of the people who have none.
	OpenQuotas(ctx context.Context, userIDs []int64) error
	// AddQuotaEntries appends entries, and adds them to their accounts' balances. The balances in them are the caller's.
	AddQuotaEntries(ctx context.Context, entries ...hub.QuotaEntry) error
	// SetQuotasUnlimited says of accounts whether they are.
	SetQuotasUnlimited(ctx context.Context, accountIDs []int64, unlimited bool) error
	// QuotaRequests are the keys of a request under which something was changed, of those with this prefix.
	QuotaRequests(ctx context.Context, accountIDs []int64, prefix string) ([]string, error)
	// QuotaEntries gives the newest entries of an account with an id below before (0: any), newest first.
	QuotaEntries(ctx context.Context, accountID, before int64, limit int) ([]hub.QuotaEntry, error)
	// QuotaUsed gives what runs that ended after one time and by another have used, by accounts, but what was taken back.
	QuotaUsed(ctx context.Context, after, by time.Time) (map[int64]int64, error)
	// QuotaSums gives what an account's entries come to, by their kinds.
	QuotaSums(ctx context.Context, accountID int64) ([]hub.QuotaSum, error)

	// PutQuotaRuns keeps what runs may spend, from when they are asked for.
	PutQuotaRuns(ctx context.Context, runs []hub.QuotaRun) error
	// PriceQuotaRun says what a second of a server's run costs, as long as nothing is charged of it yet.
	PriceQuotaRun(ctx context.Context, serverID, rate int64) error
	// QuotaRunsOf lists the runs of an account.
	QuotaRunsOf(ctx context.Context, accountID int64) ([]hub.QuotaRun, error)
	// MeterQuotaRun begins to charge a server's run, if there is one that is not charged yet.
	MeterQuotaRun(ctx context.Context, serverID int64, at time.Time) error
	// ChargeQuotaRuns charges every metered run that owner drives for the seconds up to a time, but for none beyond the one in
	// which nothing is left of its account; what all metered runs of the account take decides which that is. A second counts
	// once it has begun, at the begin of a run as at its end, so that nobody gains by what is left over.
	ChargeQuotaRuns(ctx context.Context, owner string, at time.Time) error
	// ChargeQuotas does so for all runs of accounts.
	ChargeQuotas(ctx context.Context, accountIDs []int64, at time.Time) error
	// SkipQuotaRuns lets the time of owner's runs up to at pass, without charging it.
	SkipQuotaRuns(ctx context.Context, owner string, at time.Time) error
	// EmptyQuotaRuns gives the ids of owner's servers whose accounts have had nothing left since a time.
	EmptyQuotaRuns(ctx context.Context, owner string, since time.Time) ([]int64, error)
	// HoldQuota holds the account that a server's run spends from: nobody else changes it until the transaction ends. 0 where
	// there is no such run.
	HoldQuota(ctx context.Context, serverID int64) (accountID int64, err error)
	// QuotaRun is a server's, with what else there is of its account; hub.NotFound where there is none.
	QuotaRun(ctx context.Context, serverID int64) (hub.QuotaRun, hub.QuotaAccount, error)
	// DeleteQuotaRuns ends what servers' runs may spend.
	DeleteQuotaRuns(ctx context.Context, serverIDs []int64) error
}
