import { useText } from "../../../text/text";
import { viewsText } from "../../../text/views";
import type { AddressFault } from "../query";

/** What of the page's address means nothing: it was saved or shared before a column or a filter went. */
export function AddressNotice({ faults }: { faults: AddressFault[] }) {
  const text = useText(viewsText).unknown;
  return (
    <div role="status">
      {faults.length > 0 && (
        <div className="note">
          <p>
            <strong>{text.title}</strong> {faults.map((fault) => text[fault.kind](fault.word)).join(" ")} {text.kept}
          </p>
        </div>
      )}
    </div>
  );
}
