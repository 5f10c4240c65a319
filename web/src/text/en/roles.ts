// The panel's page of roles that are given while the hub runs.

export const roles = {
  title: "Roles",
  about:
    "Make somebody the teacher of a group: they see its people, start, stop and open their servers, set passwords and make people who land in it. Roles of the configuration file are not listed here.",
  giveTitle: "Give a role",
  who: "Username",
  role: "Role",
  group: "Group",
  groupHint: "Of whose members it is. Empty: as the role says.",
  groupNeeded: "The group whose people they look after.",
  allows: "It allows:",
  give: "Give",
  given: (user: string, role: string) => `${user} has the role ${role} now.`,
  giveFailed: "The role was not given.",
  listTitle: "Who has which role",
  teaches: (user: string, group: string) => `${user} is the teacher of ${group}`,
  onGroup: (user: string, role: string, group: string) => `${user} has the role ${role} on ${group}`,
  has: (user: string, role: string) => `${user} has the role ${role}`,
  empty: "Nobody has been given a role yet.",
  search: "Find by a name",
  clear: "Clear the search",
  noMatch: "Nobody of that name has a role.",
  perPage: "Roles on a page",
  none: "There is no role to give: the configuration has its own teacher, and none was made.",
  failed: "The roles can't be shown.",
  take: "Take back",
  takeOf: (what: string) => `Take back: ${what}`,
  ask: "Take this role back?",
  warning: (what: string) => `${what}. What it allows ends at once; nothing that was done by it is undone.`,
  keep: "Leave it",
  taken: "The role is taken back.",
  takeFailed: "The role was not taken back.",
};

export type Roles = typeof roles;
