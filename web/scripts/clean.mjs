// Empties dist but for the placeholder that is in the repository, without which Go would not compile.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";

mkdirSync("dist", { recursive: true });
for (const name of readdirSync("dist")) {
  if (name !== ".keep") rmSync(`dist/${name}`, { recursive: true });
}
writeFileSync("dist/.keep", "");
