import type { Service } from "../../data";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";

/** Programs beside the hub that the person may open; nothing where there are none. */
export function ServiceList({ services }: { services: Service[] }) {
  const text = useText(homeText);
  if (services.length === 0) return null;
  return (
    <section className={classes.section} aria-labelledby="services">
      <h2 id="services">{text.services}</h2>
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
