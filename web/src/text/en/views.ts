import { count } from "./numbers";

// Saved views of the list of people.

export const views = {
  title: "Views",
  list: "Your saved views",
  none: "You have not saved a view yet. One keeps the search, the filters and the order under a name.",
  name: "Name of the view",
  save: "Save this view",
  replace: "Replace this view",
  saved: (name: string) => `“${name}” is saved.`,
  remove: (name: string) => `Delete the view “${name}”`,
  removed: (name: string) => `“${name}” is deleted.`,
  undo: "Undo",
  failedToLoad: "Your saved views can't be shown.",
  failedToSave: "The view could not be saved.",
  failedToDelete: "The view could not be deleted.",
  unknown: {
    title: "Not all of this address has a meaning here.",
    sort: (word: string) => `There is no column “${word}” to sort by: they are in the order of their names.`,
    page: (word: string) => `“${word}” is no page: this is the first one.`,
    part: (word: string) => `“${word}” is left out.`,
    kept: "A saved view stays as it is until you save it anew.",
  },
  beyond: (page: number) => `There is no page ${count(page)} any more.`,
  toLast: "Show the last page",
};

export type Views = typeof views;
