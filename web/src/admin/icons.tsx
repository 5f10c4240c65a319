// Drawn here, so that no library of icons is loaded for a dozen of them. Each button that has one also has a name.

const paths = {
  pencil: "M3 13h2.2L13 5.2 10.8 3 3 10.8zM9.6 4.2l2.2 2.2",
  key: "M5.25 13.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM7.2 8.8 13.5 2.5M13.5 5.5l-2-2M11 7.5 9.3 5.8",
  play: "M5 3.2v9.6L12.8 8z",
  stop: "M4 4h8v8H4z",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.7 10.7 14 14",
  enter: "M9 3h4v4M13 3 7.5 8.5M11 9.5V13H3V5h3.5",
  check: "m3.5 8.5 3 3 6-7",
  close: "m4 4 8 8m0-8-8 8",
  lock: "M4 7.5h8V13H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  up: "m4 10 4-4 4 4",
  down: "m4 6 4 4 4-4",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  const filled = name === "play" || name === "stop";
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={paths[name]}
        fill={filled ? "currentColor" : "none"}
        stroke="currentColor"
        strokeWidth={filled ? 0 : 1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
