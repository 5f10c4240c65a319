package pages

import (
	"encoding/json"
	"html/template"
	"slices"
	"time"
)

// Start offers to start a server. Its form is posted to Action with _xsrf.
type Start struct {
	Common
	Server string // empty is the default server
	Owner  string // whose server it is
	Action string
	Error  string // why the last try was refused
	Hides  bool   // while the server exists, pages of the default one cannot be reached
	// Profiles are what can be started, one of them chosen; none where the hub has none.
	Profiles []ProfileCard
	// Consent is where all can be chosen, on a page that asks whether to start the one profile that a link names.
	Consent string
	Nothing bool // the hub has profiles, and the person may start none of them
	Left    *StartLeft
	Minutes string // for how long they ask to run, of the last time; empty is no time
}

// Timed tells whether a time can be asked for that means something: there are quotas, or limits.
func (p Start) Timed() bool {
	return p.Left != nil || slices.ContainsFunc(p.Profiles, func(c ProfileCard) bool { return c.Cost != nil || c.Most > 0 })
}

// cardCost is a card with what is left, for the template of what it costs.
type cardCost struct {
	Card ProfileCard
	Left *StartLeft
}

// StartLeft is what the person has whose server it is, where there are quotas and whoever looks may know it.
type StartLeft struct {
	Unlimited bool
	Available int64 // whole credits, rounded down
	Held      int64 // for servers that run
	Given     bool  // rules give people credits at times; a start that is refused says when
}

// StartCost is what a server costs, where there are quotas.
type StartCost struct {
	Minute int64 // credits
	Least  int64 // that a start takes
	Enough int64 // for how many minutes there are credits, at most; -1 where that is not known, or without end
}

// Hour is what an hour costs, in credits.
func (c StartCost) Hour() int64 { return 60 * c.Minute }

// Hours is for how many whole hours there are credits.
func (c StartCost) Hours() int64 { return c.Enough / 60 }

// Rest are the minutes beyond the hours.
func (c StartCost) Rest() int64 { return c.Enough % 60 }

// ProfileCard is a profile to choose.
type ProfileCard struct {
	Slug, Name, Description, Icon string
	Chosen                        bool
	Options                       []CardOption
	Cost                          *StartCost // nil: it costs nothing
	Most                          int64      // for how many minutes it runs at most; 0 is no limit
}

// CardOption is an option of a profile: a list, and a text of one's own beside it.
type CardOption struct {
	Field   string // by which the form sends it
	Name    string
	Choices []CardChoice
	Own     *CardText // nil: none
}

// Chosen is the choice that is made; empty where a text is given.
func (o CardOption) Chosen() CardChoice {
	for _, c := range o.Choices {
		if c.Chosen {
			return c
		}
	}
	return CardChoice{}
}

// CardChoice is an item of the list.
type CardChoice struct {
	Key, Name, Description string
	Chosen                 bool
	Minute                 int64 // credits that a minute costs with it, where that is not what it costs without; 0: it is
}

// CardText is a text of one's own.
type CardText struct {
	Field  string
	Name   string
	InList string // what stands for it in the list
	Pick   string // which is sent then
	Hint   string
	Value  string
	Chosen bool
}

func (Start) template() string { return "start" }

// Event is one step of a start.
type Event struct {
	At       time.Time
	Message  string
	Progress int // 0 to 100
	Failed   bool
}

// Starting shows how far a start is. Without JavaScript it loads itself anew every
// RefreshSeconds; with it, it follows the events at StreamURL and the log at LogURL, and
// goes to ReadyURL. With a Failure it shows the cause, the log's end, and a button that
// posts to RetryURL.
type Starting struct {
	Common
	ServerName     string // empty is the default server
	Owner          string
	StreamURL      string // JupyterHub's progress events
	LogURL         string // what the server writes, as JSON {"log"}; empty is not for the person
	ReadyURL       string // where to go when it is ready
	CancelURL      string // posts the wish to stop; empty offers nothing
	RetryURL       string
	Events         []Event
	Place          int    // in the queue, from 1; 0 does not wait there
	For            string // devices that it waits for there: "1 gpu"
	Failure        string
	Ran            bool   // it had started before it failed
	Log            string // the last lines of the server's log
	RefreshSeconds int    // 0 is 3
}

func (Starting) template() string { return "starting" }

// Refresh is after how many seconds the page loads anew without JavaScript.
func (p Starting) Refresh() int {
	if p.RefreshSeconds > 0 {
		return p.RefreshSeconds
	}
	return 3
}

// Percent is how far the start is.
func (p Starting) Percent() int {
	most := 0
	for _, e := range p.Events {
		most = max(most, min(e.Progress, 100))
	}
	return most
}

// Latest is the newest step.
func (p Starting) Latest() string {
	if len(p.Events) == 0 {
		return "Server requested"
	}
	return p.Events[len(p.Events)-1].Message
}

// NotRunning says that a server which somebody wanted to open is stopped; LaunchURL
// leads to its start and back, and is empty for those who may not start it.
type NotRunning struct {
	Common
	Server    string // empty is the default server
	Owner     string
	LaunchURL string
	Starting  bool   // somebody is starting it
	Failure   string // why its last start failed
	Stopped   string // why it was stopped; empty where somebody just did
	Stopping  bool   // it is on its way down
	Fresh     bool   // nobody has ever started it
}

func (NotRunning) template() string { return "notrunning" }

// ServerRow is a server in the list that those see who have no JavaScript.
type ServerRow struct {
	Name        string // empty is the default server
	DisplayName string
	State       string   // in words: Stopped, Starting, Running
	URL         string   // to open it; empty when it is not ready
	StartURL    string   // posts the wish to start; empty when it can't be started now
	StopURL     string   // posts the wish to stop; empty when there is nothing to stop
	HiddenBy    []string // of the default server: named ones that have the addresses of its own pages
}

// Label is how the server is called.
func (r ServerRow) Label() string {
	switch {
	case r.DisplayName != "":
		return r.DisplayName
	case r.Name != "":
		return r.Name
	}
	return "Default server"
}

// App is the shell of the React app, which reads all but Servers: those are for people
// who have no JavaScript.
type App struct {
	Common
	NamedLimit    int      // how many named servers a person may have: 0 has them switched off, -1 is no limit
	ReservedNames []string // that a new server cannot have
	Notice        string   // what is wrong with the hub just now; empty is nothing
	Services      []ServiceLink
	Servers       []ServerRow
	PanelPage     string   // the page of the panel that this is, which needs JavaScript; empty is none
	Scopes        []string // what they may
	Quota         *QuotaRules
	QuotaPage     bool // it is the page of one's own quota, which needs JavaScript
}

// QuotaRules is what the panel has to know of quotas, where there are some.
type QuotaRules struct {
	Least int64 `json:"least"` // credits that a start takes at least
}

// ServiceLink is a service that the person may open.
type ServiceLink struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

func (App) template() string { return "app" }

// appData is what the React app reads, as web/src/data.ts has it.
type appData struct {
	Base          string         `json:"base"`
	Hub           string         `json:"hub"`
	HubName       string         `json:"hubName"`
	Logo          string         `json:"logo"`
	HelpURL       string         `json:"helpUrl"`
	FootLinks     []Link         `json:"footLinks"`
	Version       string         `json:"version"`
	User          string         `json:"user"`
	Admin         bool           `json:"admin"`
	Panel         bool           `json:"panel"`
	Scopes        []string       `json:"scopes,omitempty"`
	XSRF          string         `json:"xsrf"`
	NamedLimit    int            `json:"namedLimit"`
	ReservedNames []string       `json:"reservedNames"`
	Services      []ServiceLink  `json:"services"`
	Notice        string         `json:"notice"`
	Announcements []Announcement `json:"announcements,omitempty"`
	Quota         *QuotaRules    `json:"quota,omitempty"`
}

// appData is JSON that may stand in a script: what would end that is escaped.
func (p *Pages) appData(a App) (template.JS, error) {
	data := appData{
		Base: p.base, Hub: p.Hub, HubName: p.Brand.Title, Logo: p.Links["logo"], HelpURL: helpLink(p.Brand.HelpURL), FootLinks: p.Brand.footLinks(),
		Version: a.Version, User: a.User, Admin: a.Admin, Panel: a.Panel, Scopes: a.Scopes, XSRF: a.XSRF,
		NamedLimit: a.NamedLimit, ReservedNames: a.ReservedNames, Services: a.Services, Notice: a.Notice, Announcements: a.Announcements,
		Quota: a.Quota,
	}
	if data.Services == nil {
		data.Services = []ServiceLink{}
	}
	text, err := json.Marshal(data)
	return template.JS(text), err //nolint:gosec // Marshal escapes <, > and &
}
