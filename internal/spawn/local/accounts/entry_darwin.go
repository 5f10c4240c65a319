package accounts

import (
	"errors"

	"github.com/atriumhub/atrium/internal/spawn/local/procs"
)

// Mount is not possible: this system has no mount namespaces.
func (Entry) Mount(uint32, uint32, string) error { return errors.ErrUnsupported }

// Remount is not possible either.
func (Entry) Remount(procs.Process, uint32, uint32, string) error { return errors.ErrUnsupported }

// Files is nothing, as is what is shown.
type Files struct{}

// Changed is false: nothing was mounted that could be lost.
func (*Files) Changed() bool { return false }
