import { Button, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { nameProblem } from "../../api/servers";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";
import { StartForm } from "./StartForm";

interface AddServerProps {
  /** Names of the servers that there are, the default one's among them. */
  taken: string[];
  /** How many named servers there may be, -1 is any number. */
  limit: number;
}

/** Adds a server beside the default one: starts it, which makes it, on the page that shows the steps and opens it. */
export function AddServer({ taken, limit }: AddServerProps) {
  const { reservedNames } = useApp().data;
  const text = useText(homeText).add;
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const used = taken.filter((n) => n !== "").length;
  const full = limit >= 0 && used >= limit;

  const add = (e: FormEvent) => {
    const wrong = nameProblem(name, taken, reservedNames, text);
    setProblem(wrong);
    if (wrong) e.preventDefault();
  };

  return (
    <details className={classes.add}>
      <summary className="target">{text.title}</summary>
      <p className="muted">
        {text.text} {text.used(used, limit)}
      </p>
      {full ? (
        <p>{text.full}</p>
      ) : (
        <StartForm name={name} className={classes.addForm} onSubmit={add}>
          <TextInput
            label={text.name}
            description={text.hint}
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
            {text.button}
          </Button>
        </StartForm>
      )}
    </details>
  );
}
