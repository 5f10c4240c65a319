/** A key for a request, under which it is done once, however often it goes out; randomUUID is for secure origins alone. */
export function requestKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
