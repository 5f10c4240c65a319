/** Something that the person asked for and that failed. */
export interface Trouble {
  what: string;
  error: unknown;
}
