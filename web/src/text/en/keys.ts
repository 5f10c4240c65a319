// The keys of the panel's lists.

export const keys = {
  title: "Keys",
  search: "Search",
  next: "Next row",
  previous: "Row before",
  select: "Select the row, or not",
  edit: "Edit the row",
  create: "Create",
  help: "Show these keys",
  tab: "Nothing needs them: Tab leads to everything, and Escape closes what is open.",
};

export type Keys = typeof keys;
