import type { Properties } from "../../api/groups";

// Properties of a group are any JSON. Most are plain texts, and those are shown and typed as they are; all else as JSON.

/** A line of the table of properties, as it is typed. */
export interface Property {
  /** Stays while the line is edited. */
  id: number;
  key: string;
  value: string;
}

export function propertyLines(properties: Properties): Property[] {
  return Object.entries(properties).map(([key, value], id) => ({ id, key, value: shownValue(value) }));
}

/** A value as it is typed: a text is what it is, unless it would be read as something else. */
export function shownValue(value: unknown): string {
  if (typeof value === "string" && readValue(value) === value) return value;
  return JSON.stringify(value);
}

/** What is typed: numbers, true, false, null, and JSON in braces, brackets or quotes; everything else is text. */
export function readValue(typed: string): unknown {
  const text = typed.trim();
  if (!/^(-?\d|true$|false$|null$|[{["])/.test(text)) return typed;
  try {
    const value: unknown = JSON.parse(text);
    // A number that JavaScript does not hold to the last digit, or has no zeros before it, stays the text that it is.
    return typeof value === "number" && String(value) !== text ? typed : value;
  } catch {
    return typed;
  }
}

export type PropertyFault = "empty" | "twice";

/** What is wrong with the keys, by line. Lines without anything count for nothing. */
export function propertyFaults(lines: Property[]): Map<number, PropertyFault> {
  const faults = new Map<number, PropertyFault>();
  const seen = new Set<string>();
  for (const { id, key, value } of lines) {
    if (key === "" && value === "") continue;
    if (key === "") faults.set(id, "empty");
    else if (seen.has(key)) faults.set(id, "twice");
    seen.add(key);
  }
  return faults;
}

/** The properties that the lines say; what was not touched is as it was. */
export function readProperties(lines: Property[], before: Properties): Properties {
  const entries = lines
    .filter(({ key }) => key !== "")
    .map(({ key, value }) => {
      const kept = Object.hasOwn(before, key) && shownValue(before[key]) === value;
      return [key, kept ? before[key] : readValue(value)] as const;
    });
  return Object.fromEntries(entries);
}
