package command

import "testing"

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 1240: "1,240", 123456: "123,456", 1234567: "1,234,567", -1: "-1", -999: "-999", -1240: "-1,240"} {
		if got := Thousands(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}
