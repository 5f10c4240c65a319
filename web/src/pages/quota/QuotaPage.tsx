import { StatementOf } from "../../components/quota/Statement";
import { useApp } from "../../context";
import { quotaText } from "../../text/quota";
import { useText } from "../../text/text";

/** What the person has, and how it came to that. */
export default function QuotaPage() {
  const { data } = useApp();
  const text = useText(quotaText);
  return (
    <div className="wide">
      <h1>{text.title}</h1>
      <StatementOf name={data.user} />
    </div>
  );
}
