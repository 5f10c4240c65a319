package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/atriumhub/atrium/internal/account"
)

// accountOf looks up whom a service runs as; nil for the hub's own account.
func accountOf(ctx context.Context, name string) (*account.Account, error) {
	if name == "" {
		return nil, nil
	}
	who, err := account.Lookup(ctx, name)
	if errors.Is(err, account.ErrAbsent) {
		return nil, fmt.Errorf("user: there is no account %q on this machine", name)
	}
	if err != nil {
		return nil, err
	}
	if own := os.Geteuid(); own != 0 && uint32(own) != who.UID {
		return nil, fmt.Errorf("user: only root can run a service as %q; the hub runs as uid %d", name, own)
	}
	if who.Shell == "" {
		who.Shell = "/bin/sh"
	}
	return &who, nil
}
