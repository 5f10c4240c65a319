import { useApp } from "../context";
import { useText } from "../text/text";
import classes from "./admin.module.css";
import UsersPage from "./users/UsersPage";

/** The panel's pages. They are loaded apart from the others, since few people see them. */
export default function AdminPage() {
  const { data } = useApp();
  const text = useText();
  return (
    <>
      <nav className={classes.tabs} aria-label={text.nav.label}>
        <a href={`${data.hub}admin/users`} aria-current="page">
          {text.nav.users}
        </a>
      </nav>
      <UsersPage />
    </>
  );
}
