import { useEffect, useRef, useState } from "react";

const typingPause = 200;

const whole = (typed: string) => typed;

/** What is in a search box, which becomes the search when nobody has typed for a moment; `kept` is what the address has of it. */
export function useTyped(
  search: string,
  onSearch: (search: string) => void,
  kept: (typed: string) => string = whole,
): [string, (typed: string) => void] {
  const [typed, setTyped] = useState(search);
  const told = useRef(search);
  const tell = useRef(onSearch);
  tell.current = onSearch;
  useEffect(() => {
    if (search === kept(told.current)) return;
    told.current = search; // the address was changed by others: back, or a link
    setTyped(search);
  }, [search, kept]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      tell.current(typed);
    }, typingPause);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}
