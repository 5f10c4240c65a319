import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Group, setProperties } from "../../api/groups";
import { Step } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { mayGroup } from "../../scopes";
import { groupsText } from "../../text/groups";
import { useText } from "../../text/text";
import panel from "../admin.module.css";
import form from "../form.module.css";
import { IconButton } from "../IconButton";
import { Icon } from "../icons";
import classes from "./groups.module.css";
import { type Property, propertyFaults, propertyLines, readProperties } from "./properties";
import { groupsKey } from "./query";

interface PropertiesProps {
  group: Group;
  editing: boolean;
  onEditing: (on: boolean) => void;
}

/** What is noted of a group, by keys. */
export function Properties({ group, editing, onEditing }: PropertiesProps) {
  const { data } = useApp();
  const { properties: text, group: words } = useText(groupsText);
  const locked = group.locked?.includes("properties") ?? false;
  const lines = propertyLines(group.properties ?? {});
  if (!group.properties) return null; // they may not be seen
  return (
    <section aria-label={text.title} className={classes.section}>
      <Step of={editing}>
        <div className={panel.title}>
          <h2>
            {text.title}{" "}
            {locked && (
              <span className={classes.source} title={words.why.properties}>
                <Icon name="lock" /> <span className="muted small">{words.locked}</span>
              </span>
            )}
          </h2>
          {!locked && !editing && mayGroup(data.scopes, "groups", group.name) && (
            <Button size="xs" variant="default" onClick={() => onEditing(true)}>
              {text.edit}
            </Button>
          )}
        </div>
        <p className="muted small">{locked ? words.why.properties : text.about}</p>
        {editing && <Edit group={group} onDone={() => onEditing(false)} />}
        {!editing && lines.length === 0 && <p className="muted">{text.none}</p>}
        {!editing && lines.length > 0 && (
          <dl className={classes.facts}>
            {lines.map(({ id, key, value }) => (
              <Line key={id} name={key} value={value} />
            ))}
          </dl>
        )}
      </Step>
    </section>
  );
}

function Line({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt className="mono">{name}</dt>
      <dd className="mono">{value}</dd>
    </>
  );
}

function Edit({ group, onDone }: { group: Group; onDone: () => void }) {
  const { api } = useApp();
  const { properties: text, cancel } = useText(groupsText);
  const client = useQueryClient();
  const [before] = useState(group.properties ?? {});
  const [lines, setLines] = useState<Property[]>(() => withEmpty(propertyLines(before)));
  const faults = propertyFaults(lines);
  const save = useMutation({
    mutationFn: () => setProperties(api, group.name, readProperties(lines, before)),
    onSuccess: onDone,
    onSettled: () => client.invalidateQueries({ queryKey: groupsKey }),
  });
  const change = (id: number, part: Partial<Property>) =>
    setLines(lines.map((line) => (line.id === id ? { ...line, ...part } : line)));
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        save.mutate();
      }}
    >
      {lines.map((line, n) => {
        const fault = faults.get(line.id);
        return (
          <div key={line.id} className={classes.property}>
            <input
              className={form.code}
              aria-label={text.key}
              data-autofocus={n === 0 || undefined}
              placeholder={text.key}
              value={line.key}
              aria-invalid={fault !== undefined}
              onChange={(e) => change(line.id, { key: e.target.value })}
              spellCheck={false}
            />
            <input
              className={form.code}
              aria-label={text.value}
              placeholder={text.value}
              value={line.value}
              onChange={(e) => change(line.id, { value: e.target.value })}
              spellCheck={false}
            />
            <IconButton
              icon="close"
              label={text.drop(line.key)}
              onClick={() => setLines(lines.filter((l) => l.id !== line.id))}
            />
            {fault && (
              <p role="alert" className="small">
                {text.fault[fault]}
              </p>
            )}
          </div>
        );
      })}
      <Button size="xs" variant="default" onClick={() => setLines(withEmpty(lines))}>
        {text.more}
      </Button>
      <p className="muted small">{text.hint}</p>
      {save.error && <Problem what={text.failed} error={save.error} />}
      <div className="actions">
        <Button type="submit" disabled={faults.size > 0} loading={save.isPending}>
          {text.save}
        </Button>
        <Button variant="default" onClick={onDone}>
          {cancel}
        </Button>
      </div>
    </form>
  );
}

/** The lines with an empty one below. */
function withEmpty(lines: Property[]): Property[] {
  return [...lines, { id: Math.max(-1, ...lines.map((line) => line.id)) + 1, key: "", value: "" }];
}
