package account

import (
	"errors"
	"testing"
)

func TestNameOf(t *testing.T) {
	if name, err := NameOf(t.Context(), 0); err != nil || name != "root" {
		t.Errorf("the uid 0 is %q's, %v", name, err)
	}
	if name, err := NameOf(t.Context(), 3_999_999_999); !errors.Is(err, ErrAbsent) {
		t.Errorf("a uid that nobody has is %q's, %v", name, err)
	}
}
