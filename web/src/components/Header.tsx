import { useApp } from "../context";
import { useText } from "../text/text";
import { UserMenu } from "./UserMenu";

/** The same header as on the pages that the hub renders. */
export function Header({ path }: { path: string }) {
  const { data } = useApp();
  const text = useText();
  const home = `${data.hub}home`;
  return (
    <>
      <a className="skip" href="#main">
        {text.skip}
      </a>
      <header className="header">
        <a className="brand" href={home}>
          <img src={data.logo || `${data.hub}logo`} alt="" height={26} />
          <span>Atrium</span>
          {data.hubName && <span className="hubname">{data.hubName}</span>}
        </a>
        <nav aria-label={text.main}>
          {data.helpUrl && (
            <a className="navlink" href={data.helpUrl}>
              {text.help}
            </a>
          )}
          <a className="navlink" href={home} aria-current={path === home ? "page" : undefined}>
            {text.home}
          </a>
          {data.panel && (
            <a
              className="navlink"
              href={`${data.hub}admin/users`}
              aria-current={path.startsWith(`${data.hub}admin`) ? "page" : undefined}
            >
              {text.nav.admin}
            </a>
          )}
          <UserMenu />
        </nav>
      </header>
    </>
  );
}
