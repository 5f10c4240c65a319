import type { ReactNode } from "react";
import { Bar } from "../../components/chart/Bar";
import classes from "./dashboard.module.css";
import { Table } from "./Table";

export interface NamedNumber {
  key: string;
  name: ReactNode;
  value: number;
  said: string;
}

/** Numbers by name with a bar each: a chart that is a table. */
export function NamedBars({ label, columns, rows }: { label: string; columns: [string, string]; rows: NamedNumber[] }) {
  const most = Math.max(...rows.map((row) => row.value), 0);
  return (
    <Table label={label} columns={columns}>
      {rows.map((row) => (
        <tr key={row.key}>
          <th scope="row" className={classes.name}>
            {row.name}
          </th>
          <td className={classes.withBar}>
            <span>{row.said}</span>
            <Bar value={row.value} most={most} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
