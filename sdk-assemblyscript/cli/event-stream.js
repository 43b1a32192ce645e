/** No event of a server is longer; what is, is none. */
const MAX_EVENT = 1 << 20;

/**
 * Takes server-sent events apart, as they come.
 *
 * @param {AsyncIterable<Uint8Array>} chunks
 * @returns {AsyncGenerator<{id: string, type: string, data: string} | null>} null for a sign of life that is no event
 */
export async function* eventsIn(chunks) {
  const decoder = new TextDecoder();
  let rest = "";
  let id = "";
  let type = "";
  let data = [];
  let size = 0;
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    if (rest.length > MAX_EVENT) throw new Error("it sends a line without an end");
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { id, type, data: data.join("\n") };
        type = "";
        data = [];
        size = 0;
        continue;
      }
      if (line.startsWith(":")) {
        yield null;
        continue;
      }
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (field === "id") id = value;
      if (field === "event") type = value;
      if (field === "data") {
        data.push(value);
        size += value.length;
      }
      if (data.length > 1_000 || size > MAX_EVENT) throw new Error("it sends an event without an end");
    }
  }
}
