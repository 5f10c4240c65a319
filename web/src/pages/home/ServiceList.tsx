import type { Service } from "../../data";
import classes from "./home.module.css";

/** Programs beside the hub that the person may open; nothing where there are none. */
export function ServiceList({ services }: { services: Service[] }) {
  if (services.length === 0) return null;
  return (
    <section className={classes.add} aria-labelledby="services">
      <h2 id="services">Services</h2>
      <ul className={classes.services}>
        {services.map(({ name, url }) => (
          <li key={name}>
            <a className="target" href={url}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
