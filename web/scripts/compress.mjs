// Compresses what was built, so that the hub only hands it out. What does not get smaller stays as it is.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

for (const name of readdirSync("dist", { recursive: true })) {
  const path = `dist/${name}`;
  if (!/\.(js|css|svg|json|txt)$/.test(path) || path.includes("/.vite/") || !statSync(path).isFile()) continue;
  const content = readFileSync(path);
  const forms = {
    br: brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
    gz: gzipSync(content, { level: 9 }),
  };
  for (const [ext, form] of Object.entries(forms)) {
    if (form.length < content.length * 0.9) writeFileSync(`${path}.${ext}`, form);
  }
}
