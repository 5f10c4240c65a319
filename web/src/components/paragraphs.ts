/** A part of a paragraph: text, and where it leads if it is a link. */
export interface Piece {
  text: string;
  url?: string;
}

const address = /https?:\/\/[^\s<>"'(){}[\]|\\^`]+/g;

/**
 * Plain text as a page shows it: an empty line begins a paragraph, and addresses are links. The hub's other pages do the
 * same (internal/httpapi/pages/brand.go).
 */
export function paragraphs(text: string): Piece[][] {
  return text
    .trim()
    .split(/\n[ \t]*\n\s*/)
    .map(piecesOf)
    .filter((pieces) => pieces.length > 0);
}

function piecesOf(paragraph: string): Piece[] {
  const pieces: Piece[] = [];
  let done = 0;
  for (const found of paragraph.matchAll(address)) {
    const url = found[0].replace(/[.,;:!?*_]+$/, "");
    if (!isPlain(url)) continue;
    if (found.index > done) pieces.push({ text: paragraph.slice(done, found.index) });
    pieces.push({ text: url, url });
    done = found.index + url.length;
  }
  if (done < paragraph.length) pieces.push({ text: paragraph.slice(done) });
  return pieces;
}

/** An address with a host, and without somebody's name or password, which hide where it leads. */
function isPlain(raw: string): boolean {
  try {
    const url = new URL(raw); // URL.parse is newer than some browsers that the pages are built for
    return url.host !== "" && url.username === "" && url.password === "";
  } catch {
    return false;
  }
}
