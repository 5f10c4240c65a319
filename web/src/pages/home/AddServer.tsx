import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { nameProblem } from "../../api/servers";
import { useServerAction } from "../../api/useServers";
import { useApp } from "../../context";
import classes from "./home.module.css";
import type { Trouble } from "./trouble";

interface AddServerProps {
  /** Names of the servers that there are, the default one's among them. */
  taken: string[];
  /** How many named servers there may be, -1 is any number. */
  limit: number;
  onTrouble: (trouble: Trouble | null) => void;
}

/** Adds a server beside the default one, and starts it. */
export function AddServer({ taken, limit, onTrouble }: AddServerProps) {
  const { reservedNames } = useApp().data;
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const start = useServerAction("start");
  const used = taken.filter((n) => n !== "").length;
  const full = limit >= 0 && used >= limit;

  const add = (e: FormEvent) => {
    e.preventDefault();
    const wrong = nameProblem(name, taken, reservedNames);
    setProblem(wrong);
    if (wrong) return;
    onTrouble(null);
    setName("");
    start.mutate(name, {
      onError: (error) => onTrouble({ what: `The server ${name} could not be started.`, error }),
    });
  };

  return (
    <section className={classes.add} aria-labelledby="add-server">
      <h2 id="add-server">Add a server</h2>
      <p className="muted">
        A second server for work that should not share kernels and memory with the first. {counted(used, limit)}
      </p>
      {full ? (
        <p>Delete one that is stopped to make room.</p>
      ) : (
        <form className={classes.addForm} onSubmit={add} noValidate>
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
