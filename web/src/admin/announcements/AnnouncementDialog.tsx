import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useId, useState } from "react";
import { type Announcement, saveAnnouncement } from "../../api/announcements";
import { Announcement as Shown } from "../../components/Announcements";
import { Dialog } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayAll } from "../../scopes";
import { announcementsText } from "../../text/announcements";
import { useText } from "../../text/text";
import classes from "./announcements.module.css";
import { changeOf, type Draft, draftOf, faults, firstDraft, type Level, left } from "./draft";

interface DialogProps {
  /** Which is edited; none: a new one. */
  announcement: Announcement | undefined;
  onClose: () => void;
  onSaved: () => void;
}

/** What people are told, to whom and when; below it how it looks. */
export function AnnouncementDialog({ announcement, onClose, onSaved }: DialogProps) {
  const { api, data } = useApp();
  const text = useText(announcementsText);
  const [draft, setDraft] = useState(() => (announcement ? draftOf(announcement) : firstDraft(data.scopes)));
  const [tried, setTried] = useState(false);
  const saving = useMutation({
    mutationFn: () => saveAnnouncement(api, announcement?.id, changeOf(draft, announcement)),
    onSuccess: onSaved,
  });
  const wrong = faults(draft);
  const save = () => {
    setTried(true);
    if (wrong.size === 0) saving.mutate();
  };
  // What was typed is not lost by a click beside it.
  const typed = draft.text !== (announcement?.text ?? "");
  return (
    <Dialog
      title={announcement ? text.editTitle : text.createTitle}
      onClose={onClose}
      held={typed || saving.isPending}
      size="lg"
    >
      <form
        noValidate
        onSubmit={(e) => {
          e.preventDefault();
          save();
        }}
      >
        <Fields draft={draft} wrong={tried ? wrong : new Set()} onChange={(part) => setDraft({ ...draft, ...part })} />
        {draft.text.trim() !== "" && (
          <section aria-label={text.preview} className={classes.preview}>
            <p className="muted small">{text.preview}</p>
            <Shown told={draft} />
          </section>
        )}
        {saving.error && <Problem what={text.saveFailed} error={saving.error} />}
        <div className="actions">
          <Button type="submit" loading={saving.isPending}>
            {announcement ? text.saveEdit : text.save}
          </Button>
          <Button variant="default" onClick={onClose}>
            {text.cancel}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface FieldsProps {
  draft: Draft;
  wrong: Set<keyof Draft>;
  onChange: (part: Partial<Draft>) => void;
}

function Fields({ draft, wrong, onChange }: FieldsProps) {
  const { data } = useApp();
  const text = useText(announcementsText);
  const levels = Object.entries(text.levels) as [Level, string][];
  return (
    <>
      <Field label={text.text} hint={text.textHint(left(draft.text))} fault={wrong.has("text") && text.textNeeded}>
        {(field) => (
          <textarea
            {...field}
            rows={4}
            value={draft.text}
            data-autofocus
            onChange={(e) => onChange({ text: e.target.value })}
          />
        )}
      </Field>
      <Field label={text.level}>
        {(field) => (
          <select {...field} value={draft.level} onChange={(e) => onChange({ level: e.target.value as Level })}>
            {levels.map(([level, label]) => (
              <option key={level} value={level}>
                {label}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label={text.to}>
        {(field) => (
          <select
            {...field}
            value={draft.toGroup ? "group" : "all"}
            onChange={(e) => onChange({ toGroup: e.target.value === "group" })}
          >
            {(mayAll(data.scopes, "announcements") || !draft.toGroup) && <option value="all">{text.everybody}</option>}
            <option value="group">{text.group}</option>
          </select>
        )}
      </Field>
      {draft.toGroup && (
        <Field label={text.groupName} fault={wrong.has("group") && text.groupNeeded}>
          {(field) => (
            <input
              {...field}
              value={draft.group}
              maxLength={255}
              autoComplete="off"
              spellCheck={false}
              onChange={(e) => onChange({ group: e.target.value })}
            />
          )}
        </Field>
      )}
      <div className="columns">
        <Field label={text.from} hint={text.fromHint}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              value={draft.from}
              onChange={(e) => onChange({ from: e.target.value })}
            />
          )}
        </Field>
        <Field label={text.until} hint={text.untilHint} fault={wrong.has("until") && text.untilLate}>
          {(field) => (
            <input
              {...field}
              type="datetime-local"
              value={draft.until}
              onChange={(e) => onChange({ until: e.target.value })}
            />
          )}
        </Field>
      </div>
    </>
  );
}

interface Labelled {
  id: string;
  className: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean;
}

interface FieldProps {
  label: string;
  hint?: string;
  fault?: string | false;
  children: (field: Labelled) => ReactNode;
}

/** A field with its label, and what is to be said of it below. */
function Field({ label, hint, fault, children }: FieldProps) {
  const id = useId();
  const said = fault || hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        className: "input",
        "aria-describedby": said ? `${id}said` : undefined,
        "aria-invalid": Boolean(fault),
      })}
      {said && (
        <p id={`${id}said`} className={fault ? classes.fault : "hint muted small"} role={fault ? "alert" : undefined}>
          {said}
        </p>
      )}
    </div>
  );
}
