import { useApp } from "../../context";
import { mayAll } from "../../scopes";
import { servicesText } from "../../text/services";
import { useText } from "../../text/text";
import { PanelKeys } from "../keys/PanelKeys";
import { rowActs, toSearch } from "../keys/useKeys";
import { ServiceSection } from "./ServiceSection";
import { TokenSection } from "./TokenSection";

/** Programs that use the hub, and what people's own come with. */
export default function ServicesPage() {
  const { data } = useApp();
  const text = useText(servicesText);
  const tokens = mayAll(data.scopes, "read:tokens");
  return (
    <div className="wide">
      <h1>{text.title}</h1>
      <p className="muted">{text.about}</p>
      <ServiceSection />
      {tokens && <TokenSection />}
      <PanelKeys acts={{ ...rowActs, search: tokens ? toSearch : undefined }} />
    </div>
  );
}
