package e2e_test

import (
	"testing"
)

// G20, G36: the commands of the guide's page on quotas, on a hub with quotas and on one without.
func TestQuotasByTheCommandLine(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig() + "quota: {enabled: true, defaultQuota: 100}\n"})
	p := h.Teacher()
	p.Write("class.csv", "username,quota\ns1,70\ns2,\ns3,5\n")
	p.Want(p.Users("create", "class.csv"), 0, "Created: 3")
	p.Want(p.Users("list-quota"), 0, "Quota Balances (4 users)", "s1                        70", "s2                        100             Never")
	p.Want(p.Users("set-quota", "s1", " S2 ", "nobody", "--amount", "500"), 3, "Set 500 quota for: s1", "Set 500 quota for: s2", "User not found: nobody", "Success: 2", "Failed: 1")
	p.Want(p.Users("set-quota", "-f", "class.csv"), 0, "Set 70 quota for: s1", "Skipping s2: no quota amount specified", "Set 5 quota for: s3", "Skipped: 1")
	p.Want(p.Users("add-quota", "s1", "--amount=-20"), 0, "Added -20 quota to: s1")
	p.Want(p.Users("add-quota", "-f", "class.csv", "-a", "7", "-n", "jupyterhub"), 0, "Success: 3")
	p.Want(p.Users("add-quota", "s1"), 2, "--amount")
	p.Want(p.Users("set-quota", "s1", "--amount", "-4"), 3, "A quota cannot be set below 0")
	p.Want(p.Users("set-quota", "s1", "--amount", "9", "--dry-run"), 0, "To set")
	var listed []struct {
		Username string
		Balance  int
		Exact    string
	}
	p.Answer(p.Users("list-quota", "--json"), &listed)
	if len(listed) != 4 || listed[1].Balance != 57 || listed[1].Exact != "57" || listed[2].Balance != 507 || listed[3].Balance != 12 {
		t.Errorf("%+v", listed)
	}
	p.Want(p.Users("list"), 0, "Quota")
	p.Want(p.Users("export", "all.csv"), 0, "Saved 4 users")
	if row := p.Table("all.csv")[1]; row["username"] != "s1" || row["quota"] != "57" {
		t.Errorf("exported: %v", row)
	}
	p.Want(p.Users("set-quota", "s1", "--amount", "1"), 0)
	p.Want(p.Users("create", "all.csv", "--update"), 0)
	p.Answer(p.Users("list-quota", "--json"), &listed)
	if listed[1].Balance != 57 {
		t.Errorf("restored: %+v", listed)
	}
}
