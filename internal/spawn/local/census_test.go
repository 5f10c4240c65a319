package local

import "testing"

func TestServersThatStopTogetherLookThroughTheMachineOnceForAll(t *testing.T) {
	var c census
	lists := 0
	var meanwhile []*count
	list := func() []processInfo {
		lists++
		for range 50 { // they ask while this list is under way, which may have passed over what they look for
			meanwhile = append(meanwhile, c.join())
		}
		return []processInfo{{parent: lists}}
	}
	first := c.join()
	if got := c.result(first, list)[0].parent; got != 1 {
		t.Fatalf("the first has list %d", got)
	}
	for _, asked := range meanwhile[:50] {
		if got := c.result(asked, list)[0].parent; got != 2 {
			t.Fatalf("one who asked during list 1 has list %d", got)
		}
	}
	if c.result(first, list)[0].parent != 1 || lists != 2 {
		t.Errorf("%d lists", lists)
	}
}

func TestAStopWithNobodyLeftLooksForNoChildren(t *testing.T) {
	f := family{members: map[process]bool{}, list: func() []processInfo {
		t.Error("it looked through all processes")
		return nil
	}}
	f.gather()
}
