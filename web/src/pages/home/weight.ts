import type { ButtonProps } from "@mantine/core";

/** How loud the buttons of a server are: of all of them on the page one is the obvious one. */
export interface Weight {
  main: ButtonProps;
  other: ButtonProps;
}

/** Of the default server, which most people come for. */
export const loud: Weight = { main: { size: "md" }, other: { size: "md", variant: "default" } };

/** Of those beside it. */
export const quiet: Weight = { main: { size: "xs", variant: "light" }, other: { size: "xs", variant: "default" } };
