import { failures } from "./failures";
import { count, people } from "./numbers";
import { times } from "./times";

// What more than one page says, in English. What a person reads is in this folder alone; other languages have the same keys.

export const common = {
  count,
  people,
  times,
  failures,
  cancel: "Cancel",
  close: "Close",
  copy: "Copy",
  copied: "Copied",
  again: "Try again",
  loading: "Loading…",
  skip: "Skip to the content",
  main: "Main",
  more: "More",
  andMore: (n: number) => `and ${count(n)} more`,
  help: "Help",
  home: "Home",
  menu: { account: "Account", tokens: "Tokens", logOut: "Log out" },
  notFound: {
    title: "There is nothing here",
    text: "No page has this address, or it is not yours to see. Check the address, or begin at the home page.",
  },
  broken: {
    title: "This page can't be shown",
    text: "Something in it failed, or a part of it did not load. Load it again; if it stays like this, tell an administrator of this hub.",
  },
  announced: { label: "Announcements", warning: "Please note", urgent: "Urgent" },
  nav: {
    label: "Administration",
    admin: "Admin",
    users: "Users",
    groups: "Groups",
    dashboard: "Dashboard",
    roles: "Roles",
    quota: "Quota",
    announcements: "Announcements",
    services: "Services",
    audit: "Audit",
  },
};

/** What each language has. */
export type Common = typeof common;
