import { useApp } from "../context";

export function NotFound() {
  const { data } = useApp();
  return (
    <div className="medium card">
      <h1>There is nothing here</h1>
      <p>This address leads to no page of the hub.</p>
      <div className="actions">
        <a className="btn primary" href={`${data.hub}home`}>
          Home
        </a>
      </div>
    </div>
  );
}
