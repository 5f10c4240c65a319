import { createContext, useContext } from "react";
import { de } from "./de";
import { en, type Text } from "./en";

const languages: Record<string, Text> = { en, de };

/** The first language of the browser's that there is; English where there is none. */
export function languageOf(wanted: readonly string[]): string {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-", 1)[0] ?? "";
    if (Object.hasOwn(languages, language)) return language;
  }
  return "en";
}

export function textOf(language: string): Text {
  return languages[language] ?? en;
}

const TextContext = createContext<Text>(en);

export const TextProvider = TextContext.Provider;

/** All that is said to the person, in their language. */
export function useText(): Text {
  return useContext(TextContext);
}
