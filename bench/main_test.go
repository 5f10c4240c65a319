package main

import (
	"slices"
	"testing"
)

func TestParse(t *testing.T) {
	all, err := parse(nil)
	if err != nil || !all.wants(rowPage) || all.docs == "" {
		t.Errorf("without arguments: %+v, %v", all, err)
	}
	some, err := parse([]string{"-only", "user,page", "-rounds", "1"})
	if err != nil || !some.wants(rowPage) || some.wants(rowName) || !some.wants(rowName, rowUser) || some.rounds != 1 || some.docs != "" || some.given != " -only user,page -rounds 1" {
		t.Errorf("some rows: %+v, %v", some, err)
	}
	for _, wrong := range [][]string{
		{"-only", "users"}, {"-only", "user,"}, {"-rounds", "0"}, {"-length", "-1s"}, {"-users", "10"}, {"-users", "1001"}, {"-users", "20000", "-more", "10000"},
		{"-more", "1000000"}, {"-servers", "0"}, {"-websockets", "1"},
	} {
		if opt, err := parse(wrong); err == nil {
			t.Errorf("%v is taken: %+v", wrong, opt)
		}
	}
}

func TestRowsBesideJupyterHub(t *testing.T) {
	rows := besideJupyterHub()
	for _, alone := range append(ownHubs(), rowMore) {
		if slices.Contains(rows, alone) || !slices.Contains(rowNames, alone) {
			t.Errorf("%s needs no JupyterHub", alone)
		}
	}
	if len(rows) != len(rowNames)-len(ownHubs())-1 {
		t.Errorf("%v of %v", rows, rowNames)
	}
}
