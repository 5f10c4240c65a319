package procs

import "testing"

func TestServersThatStopTogetherLookThroughTheMachineOnceForAll(t *testing.T) {
	var c Lister
	lists := 0
	var meanwhile []*processList
	list := func() []Info {
		lists++
		for range 50 { // they ask while this list is under way, which may have passed over what they look for
			meanwhile = append(meanwhile, c.current())
		}
		return []Info{{parent: lists}}
	}
	first := c.current()
	if got := c.wait(first, list)[0].parent; got != 1 {
		t.Fatalf("the first has list %d", got)
	}
	for _, asked := range meanwhile[:50] {
		if got := c.wait(asked, list)[0].parent; got != 2 {
			t.Fatalf("one who asked during list 1 has list %d", got)
		}
	}
	if c.wait(first, list)[0].parent != 1 || lists != 2 {
		t.Errorf("%d lists", lists)
	}
}

func TestAStopWithNobodyLeftLooksForNoChildren(t *testing.T) {
	f := Tree{members: map[Process]bool{}, list: func() []Info {
		t.Error("it looked through all processes")
		return nil
	}}
	f.scanDescendants()
}
