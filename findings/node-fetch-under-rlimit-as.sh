#!/usr/bin/env bash
# Node's fetch fails under a limit of the address space of 8 GiB, while it uses 40 MB of memory.
#
# Versions:  Node 20.20 on Linux 6.18, x86-64 (needs node and prlimit)
# Input:     a page of its own server, fetched; under RLIMIT_AS of 8 GiB and of 16 GiB, and under RLIMIT_DATA of 256 MiB
# Expected:  a program of 40 MB works where it may take 8 GiB
# Seen:      "WebAssembly.instantiate(): Out of memory": Node parses HTTP in WebAssembly, and reserves about 10 GiB of
#            addresses for it that it never touches. RLIMIT_DATA counts what may be written to, so it works under 256 MiB.
#
# So whoever limits memory by rlimits takes RLIMIT_DATA: with RLIMIT_AS what is small fails in ways that nobody
# understands. The script fails when any of this changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/fetch.js" <<'END'
const server = require("http").createServer((_, answer) => answer.end("hello"));
server.listen(0, "127.0.0.1", async () => {
  try {
    const got = await fetch(`http://127.0.0.1:${server.address().port}`);
    console.log(await got.text());
  } catch (error) {
    console.log(/Out of memory/.test(error.cause?.message) ? "out of memory" : error.cause?.message ?? error.message);
  }
  process.exit();
});
END

try() { # try KIND BYTES
  echo "$1 $2: $(prlimit "--$1=$2:$2" node "$folder/fetch.js")"
}

{
  try as $((8 << 30))
  try as $((16 << 30))
  try data $((256 << 20))
} | tee "$folder/seen"
node -e 'const rss = process.memoryUsage().rss; if (rss > 80e6) { console.log(`it uses ${rss} bytes`); process.exit(1) }'

cat >"$folder/expected" <<'END'
as 8589934592: out of memory
as 17179869184: hello
data 268435456: hello
END
diff "$folder/expected" "$folder/seen" && echo "as described"
