// Makes built/remoteEntry.js of src/, with what web/ builds its pages by. With --check it only says whether it is up to date.
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = new URL(".", import.meta.url);
const web = createRequire(new URL("../web/package.json", import.meta.url));
const { build } = await import(pathToFileURL(web.resolve("vite")).href);

const [{ output }] = [
  await build({
    configFile: false,
    logLevel: "warn",
    root: fileURLToPath(here),
    build: {
      write: false,
      minify: false,
      target: "es2022",
      lib: {
        entry: fileURLToPath(new URL("src/index.ts", here)),
        formats: ["iife"],
        name: "atrium",
        fileName: () => "remoteEntry.js",
      },
    },
  }),
].flat();
const made = output[0].code;
const file = new URL("built/remoteEntry.js", here);
if (process.argv.includes("--check")) {
  const is = await readFile(file, "utf8");
  if (is !== made) {
    process.stderr.write("jupyterlab/built/remoteEntry.js is not what src/ makes: run make labextension\n");
    process.exit(1);
  }
} else {
  await writeFile(file, made);
}
