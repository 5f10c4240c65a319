import { Button } from "@mantine/core";
import { useState } from "react";
import { copyText } from "../../clipboard";
import { keepFile } from "../../download";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { asCSV, asTable, type Created } from "./useCreate";
import classes from "./users.module.css";

/** Names and passwords, shown once: to copy, to print, to keep in a file. */
export function CreatedTable({ created, onClose }: { created: Created[]; onClose: () => void }) {
  const text = useText(usersText);
  const [copied, setCopied] = useState(false);
  const made = created.filter((c) => c.password !== "");
  const others = created.filter((c) => c.password === "");
  return (
    <>
      <p role="status">{text.create.made(made.length)}</p>
      {made.length > 0 && (
        <>
          <p>
            <strong>{text.create.once}</strong>
          </p>
          <div className={classes.passwords}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{text.users.column.name}</th>
                  <th scope="col">{text.create.password}</th>
                </tr>
              </thead>
              <tbody>
                {made.map((c) => (
                  <tr key={c.username}>
                    <th scope="row">{c.username}</th>
                    <td className="mono">{c.password}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
      {others.length > 0 && (
        <ul className={classes.failures}>
          {others.map((c, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a name may be there twice
            <li key={at}>
              <strong>{c.username}</strong> {c.status === "exists" ? text.create.exists : c.message}
            </li>
          ))}
        </ul>
      )}
      <div className="actions">
        {made.length > 0 && (
          <>
            <Button onClick={() => void copyText(asTable(created)).then(setCopied)}>
              {copied ? text.copied : text.create.copy}
            </Button>
            <Button
              variant="default"
              onClick={() => keepFile("passwords.csv", new Blob([asCSV(created)], { type: "text/csv;charset=utf-8" }))}
            >
              {text.create.download}
            </Button>
            <Button variant="default" onClick={() => window.print()}>
              {text.create.print}
            </Button>
          </>
        )}
        <Button variant="default" onClick={onClose}>
          {text.create.done}
        </Button>
      </div>
    </>
  );
}
