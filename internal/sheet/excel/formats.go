package excel

import (
	"context"
	"encoding/xml"

	"github.com/atriumhub/atrium/internal/sheet/container"
	"github.com/atriumhub/atrium/internal/sheet/numfmt"
)

// readFormats gives the format of each style, in the order in which cells count them.
func readFormats(ctx context.Context, p *container.Package, name string) ([]*numfmt.Format, error) {
	custom := map[string]*numfmt.Format{}
	var formats []*numfmt.Format
	in := ""
	err := p.Each(ctx, name, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "cellXfs", "cellStyleXfs", "dxfs":
			in = e.Name.Local
		case "numFmt":
			if in != "dxfs" {
				custom[container.Attr(e, "numFmtId")] = numfmt.Parse(container.Attr(e, "formatCode"))
			}
		case "xf":
			if in != "cellXfs" {
				return nil
			}
			id := container.Attr(e, "numFmtId")
			if custom[id] == nil {
				custom[id] = numfmt.BuiltIn(id)
			}
			formats = append(formats, custom[id])
		}
		return nil
	})
	return formats, err
}
