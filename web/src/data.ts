/** What the hub's shell page tells the app about the hub and about who is looking at it. */
export interface AppData {
  /** Where the hub's site begins, "/". */
  base: string;
  /** Where the hub's own pages are, "/hub/". */
  hub: string;
  /** This hub's own name, beside the product's; may be empty. */
  hubName: string;
  /** Where the hub's picture is; empty is where every hub has one. */
  logo: string;
  /** Where people find help, a page or somebody's mail; empty is nowhere. */
  helpUrl: string;
  /** Where whoever runs the hub wants each page to lead. */
  footLinks: FootLink[];
  version: string;
  user: string;
  admin: boolean;
  /** They may see the panel. */
  panel: boolean;
  /** What they may, with filters, as GET /user lists it. Pages leave out what nobody could do; the hub decides. */
  scopes: string[];
  /** Goes into the header X-XSRFToken of every call, and into the query of event streams. */
  xsrf: string;
  /** How many named servers a person may have; 0 has them switched off, -1 is no limit. */
  namedLimit: number;
  /** Names that a new server cannot have: the default one's own pages would be hidden. */
  reservedNames: string[];
  /** Programs beside the hub that the person may open. */
  services: Service[];
  /** What is wrong with the hub just now, in words for the person; empty is nothing. */
  notice: string;
  /** What people are told for some time, the newest first. */
  announcements: Told[];
  /** What servers cost; null where there are no quotas. */
  quota: QuotaRules | null;
  /** Lets Mantine add its styles under the page's Content-Security-Policy. */
  nonce: string;
}

/** An announcement, as those see it whom it is for. */
export interface Told {
  level: "info" | "warning" | "urgent";
  /** Plain: an empty line begins a paragraph, addresses become links. */
  text: string;
}

export interface QuotaRules {
  /** Credits that a start takes at least. */
  least: number;
}

export interface FootLink {
  title: string;
  url: string;
}

export interface Service {
  name: string;
  url: string;
}

const defaults: AppData = {
  base: "/",
  hub: "/hub/",
  hubName: "",
  logo: "",
  helpUrl: "",
  footLinks: [],
  version: "",
  user: "",
  admin: false,
  panel: false,
  scopes: [],
  xsrf: "",
  namedLimit: 0,
  reservedNames: [],
  services: [],
  notice: "",
  announcements: [],
  quota: null,
  nonce: "",
};

/** Reads what the shell page holds. */
export function readData(from: Document = document): AppData {
  const element = from.getElementById("atrium-data");
  const told: Partial<AppData> = JSON.parse(element?.textContent || "{}");
  return { ...defaults, ...told, nonce: element?.nonce ?? "" };
}
