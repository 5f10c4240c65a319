import { useEffect, useRef, useState } from "react";

const typingPause = 150;

const whole = (typed: string) => typed;

/**
 * What is in a search box; `kept` is what the address has of it. The first change becomes the search at once, those of
 * somebody who goes on typing when they have paused.
 */
export function useTyped(
  search: string,
  onSearch: (search: string) => void,
  kept: (typed: string) => string = whole,
): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(search);
  const told = useRef(search);
  const tell = useRef(onSearch);
  tell.current = onSearch;
  const changed = useRef(Number.NEGATIVE_INFINITY); // when it was, last
  useEffect(() => {
    if (search === kept(told.current)) return;
    told.current = search; // the address was changed by others: back, or a link
    setTyped(search);
  }, [search, kept]);
  useEffect(() => {
    if (typed === told.current) return;
    const now = performance.now();
    const goesOn = now - changed.current < typingPause;
    changed.current = now;
    const search = () => {
      told.current = typed;
      tell.current(typed);
    };
    if (!goesOn) return search();
    const timer = setTimeout(search, typingPause);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}
