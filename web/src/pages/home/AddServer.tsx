import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { nameProblem, serverPage } from "../../api/servers";
import { useApp } from "../../context";
import classes from "./home.module.css";

interface AddServerProps {
  /** Names of the servers that there are, the default one's among them. */
  taken: string[];
  /** How many named servers there may be, -1 is any number. */
  limit: number;
}

/** Adds a server beside the default one: starts it, which makes it, on the page that shows the steps and opens it. */
export function AddServer({ taken, limit }: AddServerProps) {
  const { hub, user, xsrf, reservedNames } = useApp().data;
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const used = taken.filter((n) => n !== "").length;
  const full = limit >= 0 && used >= limit;

  const add = (e: FormEvent) => {
    const wrong = nameProblem(name, taken, reservedNames);
    setProblem(wrong);
    if (wrong) e.preventDefault();
  };

  return (
    <section className={classes.add} aria-labelledby="add-server">
      <h2 id="add-server">Add a server</h2>
      <p className="muted">
        For work that should not share kernels and memory with the default server. {counted(used, limit)}
      </p>
      {full ? (
        <p>To add another, delete one that is stopped.</p>
      ) : (
        <form
          className={classes.addForm}
          method="post"
          action={serverPage(hub, "spawn", user, name)}
          onSubmit={add}
          noValidate
        >
          <input type="hidden" name="_xsrf" value={xsrf} />
          <TextInput
            label="Name"
            description="1 to 30 lower-case letters, digits and single hyphens"
            value={name}
            onChange={(e) => {
              setName(e.currentTarget.value.trim().toLowerCase());
              setProblem(null);
            }}
            error={problem}
            maxLength={64}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            inputWrapperOrder={["label", "input", "error", "description"]}
            errorProps={{ role: "alert" }}
          />
          <Button type="submit" variant="default">
            Add and start
          </Button>
        </form>
      )}
    </section>
  );
}

function counted(used: number, limit: number): string {
  if (limit < 0) return used === 1 ? "You have 1." : `You have ${used}.`;
  return `You have ${used} of ${limit}.`;
}
