// Fails when the first load, gzipped, grows beyond its budget: people open the pages on a lecture hall's wireless.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budget = 200 * 1024;

const manifest = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
const files = new Set();

function load(chunk) {
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const name of chunk.imports ?? []) load(manifest[name]);
}

const chunks = Object.values(manifest);
for (const chunk of chunks.filter((c) => c.isEntry)) load(chunk);

let total = 0;
for (const file of files) total += gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length;

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
process.stdout.write(`first load: ${kib(total)} gzipped in ${files.size} files, of ${kib(budget)} allowed\n`);
if (total > budget) {
  process.stderr.write("size: the first load is too large: load something later (import()), or do without it\n");
  process.exit(1);
}
