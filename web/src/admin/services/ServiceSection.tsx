import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteService, listServices, type Service } from "../../api/services";
import { Confirm } from "../../components/Confirm";
import { Loading } from "../../components/Loading";
import { Problem } from "../../components/Problem";
import table from "../../components/table.module.css";
import { tableRoles } from "../../components/tableRoles";
import { useApp } from "../../context";
import { mayAll } from "../../scopes";
import { servicesText } from "../../text/services";
import { useText } from "../../text/text";

const key = ["services"];

/** The services: what the configuration has is locked, others can be deleted. */
export function ServiceSection() {
  const { api } = useApp();
  const text = useText(servicesText);
  const client = useQueryClient();
  const [doomed, setDoomed] = useState<Service | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => listServices(api, signal),
    retry: false,
  });
  const removing = useMutation({
    mutationFn: (one: Service) => deleteService(api, one.name),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  });
  return (
    <section aria-labelledby="services" className="block">
      <h2 id="services">{text.services}</h2>
      {error && <Problem what={text.servicesFailed} error={error} onRetry={() => void refetch()} />}
      {removing.error && <Problem what={text.serviceFailed(removing.variables.name)} error={removing.error} />}
      {!data && !error && <Loading rows={3} />}
      {data?.length === 0 && (
        <div className="card">
          <p>{text.noServices}</p>
        </div>
      )}
      {data && data.length > 0 && <ServiceTable services={data} onRemove={setDoomed} />}
      {doomed && (
        <Confirm
          title={text.askService(doomed.name)}
          keep={text.keep}
          act={text.remove}
          onKeep={() => setDoomed(null)}
          onAct={() => {
            removing.mutate(doomed);
            setDoomed(null);
          }}
        >
          {text.goesWithService}
        </Confirm>
      )}
    </section>
  );
}

function ServiceTable({ services, onRemove }: { services: Service[]; onRemove: (one: Service) => void }) {
  const text = useText(servicesText);
  return (
    <div className="scroll">
      <table className={`${table.table} ${table.stacked} ${table.labelled}`} {...tableRoles.table}>
        <thead {...tableRoles.group}>
          <tr {...tableRoles.row}>
            <th {...tableRoles.head}>{text.name}</th>
            <th {...tableRoles.head}>{text.where}</th>
            <th {...tableRoles.head}>{text.roles}</th>
            <th {...tableRoles.head}>{text.runs}</th>
            <th {...tableRoles.head}>
              <span className="hidden">{text.remove}</span>
            </th>
          </tr>
        </thead>
        <tbody {...tableRoles.group}>
          {services.map((one) => (
            <ServiceLine key={one.name} service={one} onRemove={() => onRemove(one)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ServiceLine({ service, onRemove }: { service: Service; onRemove: () => void }) {
  const { data } = useApp();
  const text = useText(servicesText);
  const managed = (service.command ?? []).length > 0;
  return (
    <tr {...tableRoles.row} data-row tabIndex={-1}>
      <th {...tableRoles.rowHead}>{service.prefix ? <a href={service.prefix}>{service.name}</a> : service.name}</th>
      <td {...tableRoles.cell} data-label={text.where}>
        {service.url || <span className="muted">{text.noAddress}</span>}
      </td>
      <td {...tableRoles.cell} data-label={text.roles}>
        {(service.roles ?? []).join(", ")}
      </td>
      <td {...tableRoles.cell} data-label={text.runs}>
        {managed ? text.byHub(service.pid ?? 0) : text.byOthers}
      </td>
      <td {...tableRoles.cell}>
        {service.from_config ? (
          <span className="muted small">{text.locked}</span>
        ) : (
          mayAll(data.scopes, "admin:services") && (
            <button type="button" className="btn" aria-label={text.removeOf(service.name)} onClick={onRemove}>
              {text.remove}
            </button>
          )
        )}
      </td>
    </tr>
  );
}
