import { useListKeys } from "../useListKeys";

/** The keys of the list beside that of the search: j and k for the next group and the one before, c to create one. */
export function useGroupKeys(onCreate: (() => void) | undefined): void {
  useListKeys((key) => {
    const names = [...document.querySelectorAll<HTMLElement>("[data-group]")];
    const at = names.indexOf(document.activeElement as HTMLElement);
    if (key === "j") names[Math.min(at + 1, names.length - 1)]?.focus();
    else if (key === "k") names[Math.max(at - 1, 0)]?.focus();
    else if (key === "c" && onCreate) onCreate();
    else return false;
    return true;
  });
}
