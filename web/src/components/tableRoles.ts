/**
 * The roles that a table's parts have anyway, to be spread onto them where CSS stacks the rows on narrow screens: with
 * `display: block` some browsers take a table for a heap of text.
 */
export const tableRoles = {
  table: { role: "table" },
  group: { role: "rowgroup" },
  row: { role: "row" },
  head: { role: "columnheader", scope: "col" },
  rowHead: { role: "rowheader", scope: "row" },
  cell: { role: "cell" },
} as const;
