import { createContext, useContext } from "react";
import { common as de } from "./de/common";
import { type Common, common as en } from "./en/common";

// What a person reads is in the folders en and de, a file for each area of the pages. An area is loaded with the pages that
// name it, so that nobody waits for the texts of pages that they never see.

const commons = { en, de };

export type Language = keyof typeof commons;

/** The texts of an area, in each language, beside what is said everywhere. */
export type Area<T> = Record<Language, Common & T>;

/** Makes an area; TypeScript sees to it that each language has all of it. */
export function area<T extends object>(texts: Record<Language, T>): Area<T> {
  return { en: { ...commons.en, ...texts.en }, de: { ...commons.de, ...texts.de } };
}

const nothingMore = area<object>({ en: {}, de: {} });

/** The first language of the browser's that there is; English where there is none. */
export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-", 1)[0] ?? "";
    if (Object.hasOwn(commons, language)) return language as Language;
  }
  return "en";
}

const LanguageContext = createContext<Language>("en");

export const LanguageProvider = LanguageContext.Provider;

/** The person's language, for what formats dates and numbers by itself. */
export function useLanguage(): Language {
  return useContext(LanguageContext);
}

/** What is said everywhere, in a language. */
export function textOf(language: Language): Common {
  return commons[language];
}

/** All that an area says to the person, in their language; without one, what is said everywhere. */
export function useText(): Common;
export function useText<T>(of: Area<T>): Common & T;
export function useText<T>(of?: Area<T>): Common {
  const language = useLanguage();
  return (of ?? nothingMore)[language];
}
