import { Button } from "@mantine/core";
import { useId, useState } from "react";
import { Dialog } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import form from "../form.module.css";

interface NameDialogProps {
  title: string;
  label: string;
  hint: string;
  /** What the button says. */
  act: string;
  /** What is said where it fails. */
  failed: string;
  name?: string;
  pending: boolean;
  error: Error | null;
  onName: (name: string) => void;
  onClose: () => void;
}

/** Asks for the name of a group. */
export function NameDialog(props: NameDialogProps) {
  const { cancel } = useText(groupsText);
  const id = useId();
  const [name, setName] = useState(props.name ?? "");
  const wanted = name.trim();
  return (
    <Dialog title={props.title} onClose={props.onClose} held={props.pending || wanted !== (props.name ?? "")}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (wanted) props.onName(wanted);
        }}
      >
        <label className={form.label} htmlFor={id}>
          {props.label}
        </label>
        <input
          id={id}
          className={form.text}
          value={name}
          maxLength={255}
          onChange={(e) => setName(e.target.value)}
          aria-describedby={`${id}-hint`}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        <p id={`${id}-hint`} className="muted small">
          {props.hint}
        </p>
        {props.error && <Problem what={props.failed} error={props.error} />}
        <div className="actions">
          <Button type="submit" disabled={wanted === "" || wanted === props.name} loading={props.pending}>
            {props.act}
          </Button>
          <Button variant="default" onClick={props.onClose}>
            {cancel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
