import { useApp } from "../context";

export function NotFound() {
  const { data } = useApp();
  return (
    <div className="medium card">
      <h1>There is nothing here</h1>
      <p>No page has this address, or it is not yours to see. Check the address, or begin at the home page.</p>
      <div className="actions">
        <a className="btn primary" href={`${data.hub}home`}>
          Home
        </a>
      </div>
    </div>
  );
}
