import { useEffect, useMemo, useState } from "react";
import { readAside, setAside } from "../../../address";
import { readSelection, selectedKey, writeSelection } from "./inAddress";
import type { Selection } from "./selection";

/**
 * Who is selected, as the page's address says when it is loaded. From then on the address follows: a tick is no step, and
 * 'back' changes what is looked at, not who is selected. `unsaid` is a selection that is too long to stand there.
 */
export function useSelection(): { selection: Selection; setSelection: (s: Selection) => void; unsaid: boolean } {
  const [selection, setSelection] = useState(() => readSelection(readAside(selectedKey)));
  const text = useMemo(() => writeSelection(selection), [selection]);
  useEffect(() => setAside(selectedKey, text ?? "")); // each time: another address has come since, maybe
  return { selection, setSelection, unsaid: text === null };
}
