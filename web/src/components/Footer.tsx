import { useApp } from "../context";
import { useText } from "../text/text";

/** Links that whoever runs the hub wants on each page, as on the pages that the hub renders. */
export function Footer() {
  const { footLinks } = useApp().data;
  const text = useText();
  if (footLinks.length === 0) return null;
  return (
    <footer className="foot-links">
      <nav aria-label={text.more}>
        {footLinks.map(({ title, url }) => (
          <a key={title} className="navlink" href={url}>
            {title}
          </a>
        ))}
      </nav>
    </footer>
  );
}
