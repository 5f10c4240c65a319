// The panel's details of one person, and how they are edited.

export const person = {
  person: {
    title: (name: string) => name,
    failedToLoad: (name: string) => `${name} can't be shown.`,
    isAdmin: "Administrator",
    isNoAdmin: "No",
    state: "State",
    none: "none",
    created: "Created",
    edit: "Edit User",
    save: "Save Changes",
    renameWarning: "They log in under the new name from then on. Their servers must be stopped.",
    groupsHint: "Names of groups that exist, with commas between them.",
    failed: (name: string) => `${name} could not be changed.`,
    suspend: "Suspend",
    unsuspend: "Let in again",
    revoke: "Revoke everything",
    remove: "Delete",
    keep: "Leave it as it is",
    question: {
      suspend: (name: string) => `Suspend ${name}?`,
      revoke: (name: string) => `Log ${name} out everywhere?`,
      remove: (name: string) => `Delete ${name}?`,
    },
    warning: {
      suspend: "They cannot get in by any way until you let them in again. Their servers stop; their files stay.",
      revoke: "All their sessions and tokens end, open notebooks too. They can log in again with their password.",
      remove: "Their password, sessions, tokens and servers go with them. Their home folder stays.",
    },
    meanwhile: {
      changed: (name: string) => `Somebody else has changed ${name} meanwhile:`,
      by: (who: string) => `by ${who}`,
      renamed: (from: string, to: string) => `renamed from ${from} to ${to}`,
      admin: { true: "made an administrator", false: "not an administrator any more" },
      suspended: { true: "suspended", false: "let in again" },
      mustChange: { true: "must change the password", false: "need not change the password" },
      joined: (group: string) => `put into ${group}`,
      left: (group: string) => `taken out of ${group}`,
      both: (field: string) => `You both changed this: ${field}`,
      keep: "Keep mine too",
      take: "Take theirs",
      same: "That is what you wanted as well. There is nothing left to save.",
      deleted: (name: string) => `${name} was deleted meanwhile.`,
      nothingLost: "What you entered can't be saved. It stays here until you close this.",
    },
  },
};

export type PersonText = typeof person;
