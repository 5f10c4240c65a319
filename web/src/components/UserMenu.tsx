import { useApp } from "../context";
import { useText } from "../text/text";
import { useMenu } from "./useMenu";

/** What a person does about themselves. */
export function UserMenu() {
  const { data } = useApp();
  const text = useText();
  const menu = useMenu();
  return (
    <details className="menu" ref={menu}>
      <summary className="navlink caret">
        <span className="who">{data.user}</span>
      </summary>
      <div>
        <a className="navlink" href={`${data.hub}account`}>
          {text.menu.account}
        </a>
        <a className="navlink" href={`${data.hub}token`}>
          {text.menu.tokens}
        </a>
        <a className="navlink" href={`${data.hub}logout`}>
          {text.menu.logOut}
        </a>
      </div>
    </details>
  );
}
