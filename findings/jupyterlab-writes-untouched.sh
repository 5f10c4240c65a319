#!/usr/bin/env bash
# An open JupyterLab that nobody touches writes to its server every ten seconds.
#
# Versions:  JupyterLab 4.6.6, Python's Playwright 1.56.0 with Debian's Chromium (needs a Python with venv, a package
#            index and /usr/bin/chromium, or CHROMIUM)
# Input:     /lab in a browser; once it is there, nobody does anything for 45 seconds
# Expected:  questions (GET) for what may change behind its back: kernels, sessions, terminals, the folder that it shows
# Seen:      with each look at the folder, every ten seconds, a PUT of the whole workspace, which nothing has changed: to
#            lab/api/workspaces/NAME, answered by 204. A proxy that leaves out what only reads takes it for somebody's
#            work.
#
# So whoever stops servers that nobody uses cannot tell a use by its method: no server with an open tab would ever be
# idle. The script fails when any of this changes.
set -euo pipefail

folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/python -m pip install --quiet --disable-pip-version-check jupyterlab==4.6.6 playwright==1.56.0
mkdir home work
env HOME="$folder/home" env/bin/jupyter-lab --no-browser --allow-root --ip 127.0.0.1 --port 0 --IdentityProvider.token= \
  --notebook-dir work 2>server.log &
server=$!

cat >look.py <<'END'
import collections, os, re, sys, time
from playwright.sync_api import sync_playwright

until = time.monotonic() + 60
while not (found := re.search(r"http://127\.0\.0\.1:\d+/", open("server.log").read())):
    assert time.monotonic() < until, "the server does not start"
    time.sleep(0.2)
base = found.group(0)
with sync_playwright() as p:
    browser = p.chromium.launch(executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=["--no-sandbox"])
    page = browser.new_page()
    page.goto(base + "lab")
    page.wait_for_selector(".jp-LauncherCard", timeout=90_000)
    page.wait_for_timeout(15_000)  # what it does at first is none of this
    seen = collections.Counter()
    page.on("request", lambda r: seen.update([(r.method, r.url[len(base):].split("?")[0])]))
    page.wait_for_timeout(45_000)
    browser.close()
for (method, path), count in sorted(seen.items()):
    print(f"{method} {path}: {count}", file=sys.stderr)
writes = {key: count for key, count in seen.items() if key[0] != "GET"}
print("writes to:", ", ".join(sorted(re.sub(r"workspaces/.*", "workspaces/NAME", path) for _, path in writes)))
print("at least three times:", "yes" if sum(writes.values()) >= 3 else "no")
END
env/bin/python look.py | tee seen.txt

cat >expected.txt <<'END'
writes to: lab/api/workspaces/NAME
at least three times: yes
END
diff expected.txt seen.txt && echo "as described"
