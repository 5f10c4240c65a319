package extensions

import (
	"encoding/base64"
	"net/http"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/peoplefile"
	"github.com/atriumhub/atrium/internal/upload"
)

// sheetRow is somebody of a file, with the keys that a row of POST /bulk/users has.
type sheetRow struct {
	Line     int      `json:"line"`
	Username string   `json:"username"`
	Admin    *bool    `json:"admin,omitempty"`
	Password string   `json:"password,omitempty"`
	Groups   []string `json:"groups,omitzero"`
	Quota    *int     `json:"quota,omitempty"`
}

// sheetProblem is what is wrong with a row, or odd about it.
type sheetProblem struct {
	Line     int     `json:"line"`
	Column   *string `json:"column"`
	Username string  `json:"username"`
	Message  string  `json:"message"`
	Doubt    bool    `json:"doubt"`
	// Row is what could be read of a row that is not among the rows; nil if its name could not.
	Row *sheetRow `json:"row,omitempty"`
}

// sheetAnswer is a file that was read.
type sheetAnswer struct {
	Rows     []sheetRow     `json:"rows"`
	Problems []sheetProblem `json:"problems"`
	Ignored  []string       `json:"ignored_columns"`
	Sheet    *string        `json:"sheet"`
	Others   []string       `json:"other_sheets"`
	Hidden   int            `json:"hidden_rows"`
}

func (a *API) readSheet(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	file, err := sheetOf(r)
	if err != nil {
		return endpoint.RefusalOr(access.MaySome(who, upload.SheetScopes()...), err)
	}
	read, err := a.app.ReadSheet(r.Context(), who, file)
	if err != nil {
		return err
	}
	endpoint.WriteJSON(w, http.StatusOK, answerOf(read, language.Of(r)))
	return nil
}

// maxFileName is longer than any name of a file.
const maxFileName = 255

func sheetOf(r *http.Request) (file upload.Sheet, err error) {
	o, err := readObject(r, "name", "data", "sheet")
	if err != nil {
		return file, err
	}
	if file.Name, _, err = o.StringField("name"); err != nil {
		return file, err
	}
	if file.Sheet, _, err = o.StringField("sheet"); err != nil {
		return file, err
	}
	data, given, err := o.StringField("data")
	switch {
	case err != nil:
		return file, err
	case !given || file.Name == "":
		return file, hub.Errorf(hub.Invalid, "name and data are needed: the file's name, whose end tells its format, and what is in it")
	case len(file.Name) > maxFileName || len(file.Sheet) > maxFileName:
		return file, hub.Errorf(hub.Invalid, "The name of a file or sheet has at most %d bytes", maxFileName)
	case base64.StdEncoding.DecodedLen(len(data)) > upload.MaxSheetBytes+2:
		return file, hub.Errorf(hub.TooLarge, "The file is larger than %d MiB: split it", upload.MaxSheetBytes>>20).
			Plainly("The file is larger than %d MiB. Copy the table alone into a new file, or split it.", upload.MaxSheetBytes>>20)
	}
	if file.Content, err = base64.StdEncoding.DecodeString(data); err != nil {
		return file, hub.Errorf(hub.Invalid, "data must be the file in base64")
	}
	return file, nil
}

func answerOf(f *peoplefile.File, wanted language.Tag) sheetAnswer {
	answer := sheetAnswer{
		Rows: make([]sheetRow, 0, len(f.Rows)), Problems: []sheetProblem{},
		Ignored: append([]string{}, f.Ignored...), Others: append([]string{}, f.Others...), Hidden: f.Hidden,
	}
	if f.Name != "" {
		answer.Sheet = &f.Name
	}
	for _, row := range f.Rows {
		problem := func(column, message string, doubt bool) {
			if message == "" {
				return
			}
			p := sheetProblem{Line: row.Line, Username: row.Name, Message: wanted.Say(message), Doubt: doubt}
			if _, err := hub.UserName(row.Name); err == nil && !doubt {
				read := rowOf(row)
				p.Row = &read
			}
			if column != "" {
				p.Column = &column
			}
			answer.Problems = append(answer.Problems, p)
		}
		if row.Bad != "" {
			problem(row.Column, row.Bad, false)
			continue
		}
		problem("username", row.Odd.Name, true)
		problem("password", row.Odd.Password, true)
		problem("groups", row.Odd.Groups, true)
		answer.Rows = append(answer.Rows, rowOf(row))
	}
	return answer
}

func rowOf(row peoplefile.Row) sheetRow {
	return sheetRow{
		Line: row.Line, Username: row.Name, Admin: row.Admin, Password: row.Password, Groups: row.Groups, Quota: row.Quota,
	}
}
