import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

/**
 * Puts what the tests start into a folder that every user can reach: as root, notebook servers run under users of
 * their own, and the checkout may lie where those cannot go.
 */
export default function setUp(): () => void {
  const folder = mkdtempSync("/tmp/hubtest-bin-");
  chmodSync(folder, 0o711);
  const atrium = join(folder, "atrium");
  const notebook = join(folder, "notebook");
  const certificate = join(folder, "certificate");
  const env = { ...process.env, CGO_ENABLED: "0" };
  if (process.env.HUBTEST_BIN) copyFileSync(process.env.HUBTEST_BIN, atrium);
  else execFileSync("go", ["build", "-buildvcs=false", "-o", atrium, ".."], { env, stdio: "inherit" });
  execFileSync("go", ["build", "-buildvcs=false", "-o", notebook, "./notebook"], { env, stdio: "inherit" });
  execFileSync("go", ["build", "-buildvcs=false", "-o", certificate, "./certificate"], { env, stdio: "inherit" });
  for (const program of [atrium, notebook]) chmodSync(program, 0o755);
  process.env.E2E_ATRIUM = atrium;
  process.env.E2E_NOTEBOOK = notebook;
  process.env.E2E_CERTIFICATE = certificate;
  return () => rmSync(folder, { recursive: true, force: true });
}
