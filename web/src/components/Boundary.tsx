import { Component, type ReactNode } from "react";
import { useText } from "../text/text";

/** Shows, in the place of a page that failed or whose part did not load, what to do; the header stays. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { broken, failures } = useText();
  return (
    <div className="medium card" role="alert">
      <h1>{broken.title}</h1>
      <p>{broken.text}</p>
      <div className="actions">
        <button type="button" className="btn primary" onClick={() => window.location.reload()}>
          {failures.reload}
        </button>
      </div>
    </div>
  );
}
