import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

// Mantine gets its colours from the style sheet that the hub's other pages use, which follows the browser's light or dark.

const blue: MantineColorsTuple = [
  "#eaf2fa",
  "#d3e2f1",
  "#a8c8e6",
  "#7aabd8",
  "#5290c7",
  "#367db8",
  "#2a6fb0",
  "#1c5d99",
  "#164c7e",
  "#0f3a61",
];

export const theme = createTheme({
  fontFamily: "var(--at-font)",
  fontFamilyMonospace: "var(--at-mono)",
  colors: { blue },
  primaryColor: "blue",
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 6,
  cursorType: "pointer",
  focusRing: "never", // style.css has one for everything
  respectReducedMotion: true,
  // What stands on the hub's own colour is black or white, whichever can be read.
  variantColorResolver: (input) => {
    const colours = defaultVariantColorsResolver(input);
    const own = input.variant === "filled" && (input.color ?? input.theme.primaryColor) === input.theme.primaryColor;
    return own ? { ...colours, color: "var(--at-on-accent)" } : colours;
  },
});

const colours = {
  "--mantine-color-body": "var(--at-surface)",
  "--mantine-color-text": "var(--at-text)",
  "--mantine-color-dimmed": "var(--at-muted)",
  "--mantine-color-error": "var(--at-bad)",
  "--mantine-color-anchor": "var(--at-link)",
  "--mantine-color-placeholder": "var(--at-muted)",
  "--mantine-color-default": "var(--at-surface)",
  "--mantine-color-default-hover": "var(--at-sunken)",
  "--mantine-color-default-color": "var(--at-text)",
  "--mantine-color-default-border": "var(--at-control-line)",
  "--mantine-color-blue-filled": "var(--at-accent)",
  "--mantine-color-blue-filled-hover": "var(--at-accent-hover)",
  "--mantine-color-blue-light": "var(--at-sunken)",
  "--mantine-color-blue-light-hover": "var(--at-line)",
  "--mantine-color-blue-light-color": "var(--at-link)",
  "--mantine-primary-color-filled": "var(--at-accent)",
  "--mantine-primary-color-filled-hover": "var(--at-accent-hover)",
  "--mantine-color-red-filled": "var(--at-danger)",
  "--mantine-color-red-filled-hover": "var(--at-danger-hover)",
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: colours, dark: colours });
