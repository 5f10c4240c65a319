import { Button } from "@mantine/core";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { useAddress } from "../../address";
import { type GivenToken, listGivenTokens, revokeToken } from "../../api/services";
import { Confirm } from "../../components/Confirm";
import { Loading } from "../../components/Loading";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { servicesText } from "../../text/services";
import { useText } from "../../text/text";
import { OlderPages } from "../OlderPages";
import classes from "./services.module.css";
import { TokenTable } from "./TokenTable";

const key = "given-tokens";

/** The tokens that people made: everybody's, or one's, by pages in the address. */
export function TokenSection() {
  const { api } = useApp();
  const text = useText(servicesText);
  const client = useQueryClient();
  const [address, go] = useAddress();
  const [doomed, setDoomed] = useState<GivenToken | null>(null);
  const user = address.get("tokens_of") ?? "";
  const before = address.get("before") ?? "";
  const query = new URLSearchParams({ ...(user && { user }), ...(before && { before }) }).toString();
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: [key, query],
    queryFn: ({ signal }) => listGivenTokens(api, query, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const revoking = useMutation({
    mutationFn: (one: GivenToken) => revokeToken(api, one),
    onSettled: () => client.invalidateQueries({ queryKey: [key] }),
  });
  const show = (whose: string, from = "") =>
    go(new URLSearchParams({ ...(whose && { tokens_of: whose }), ...(from && { before: from }) }), "push");
  return (
    <section aria-labelledby="tokens" className="block">
      <h2 id="tokens">{text.tokens}</h2>
      <p className="muted">{text.tokensAbout}</p>
      <Whose user={user} onShow={show} />
      {error && <Problem what={text.tokensFailed} error={error} onRetry={() => void refetch()} />}
      {revoking.error && <Problem what={text.tokenFailed} error={revoking.error} />}
      {!data && !error && <Loading />}
      {data?.items.length === 0 && (
        <div className="card">
          <p>{user ? text.noTokensOf(user) : text.noTokens}</p>
        </div>
      )}
      {data && data.items.length > 0 && (
        <TokenTable tokens={data.items} stale={isPlaceholderData} onWhose={(name) => show(name)} onRevoke={setDoomed} />
      )}
      <p role="status" className="hidden">
        {revoking.isSuccess ? text.done : ""}
      </p>
      <OlderPages words={text} before={before} older={data?.next?.before} onShow={(from) => show(user, from)} />
      {doomed && (
        <Confirm
          title={text.askToken(doomed.user)}
          keep={text.keep}
          act={text.revoke}
          onKeep={() => setDoomed(null)}
          onAct={() => {
            revoking.mutate(doomed);
            setDoomed(null);
          }}
        >
          {text.goesWithToken(doomed.note || text.noNote)}
        </Confirm>
      )}
    </section>
  );
}

function Whose({ user, onShow }: { user: string; onShow: (user: string) => void }) {
  const text = useText(servicesText);
  const id = useId();
  const [typed, setTyped] = useState(user);
  useEffect(() => setTyped(user), [user]);
  return (
    <search>
      <form
        className={classes.whose}
        onSubmit={(e) => {
          e.preventDefault();
          onShow(typed.trim());
        }}
      >
        <div>
          <label htmlFor={id}>{text.whose}</label>
          <input
            id={id}
            className="input"
            value={typed}
            maxLength={255}
            autoComplete="off"
            spellCheck={false}
            onChange={(e) => setTyped(e.target.value)}
          />
        </div>
        <Button type="submit">{text.search}</Button>
        {user && (
          <Button
            variant="default"
            onClick={(e) => {
              onShow("");
              e.currentTarget.form?.querySelector<HTMLElement>("[type=submit]")?.focus(); // this one goes
            }}
          >
            {text.reset}
          </Button>
        )}
      </form>
    </search>
  );
}
