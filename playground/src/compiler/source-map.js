/** What the compiler uses of `node:module`: where in the source a place in the module comes from. */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

export class SourceMap {
  #map;

  constructor(content) {
    this.#map = new TraceMap(content);
  }

  findEntry(line, column) {
    const found = originalPositionFor(this.#map, { line: line + 1, column });
    return found.source === null ? {} : { originalSource: found.source, originalLine: found.line - 1, originalColumn: found.column };
  }
}
