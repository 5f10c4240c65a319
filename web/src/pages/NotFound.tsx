import { useApp } from "../context";
import { useText } from "../text/text";

export function NotFound() {
  const { data } = useApp();
  const { notFound, home } = useText();
  return (
    <div className="medium card">
      <h1>{notFound.title}</h1>
      <p>{notFound.text}</p>
      <div className="actions">
        <a className="btn primary" href={`${data.hub}home`}>
          {home}
        </a>
      </div>
    </div>
  );
}
