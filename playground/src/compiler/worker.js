/**
 * The compiler, in a worker: the SDK's own, the same that `npx room build` runs, with the same checks, advice and options, so
 * that what the page publishes is what the command line would.
 *
 * Takes `{ id, files, entry, quick }`, answers `{ id, ok, report, problems, wasm }`; says `{ ready: true }` first. The policy
 * that the server sends with this script lets it compile WebAssembly and reach nothing.
 */
import { compile } from "../../../sdk-assemblyscript/compiler/compile.js";

/** While somebody types, the checks count and not the module. */
const QUICK = ["--optimizeLevel", "0", "--shrinkLevel", "0"];

addEventListener("message", async ({ data: { id, files, quick } }) => {
  try {
    const { ok, report, problems, wasm } = await compile({
      directory: "/project", name: "room", files, compilerOptions: quick ? QUICK : [],
    });
    postMessage({ id, ok, report, problems, wasm: quick ? null : wasm });
  } catch (error) {
    postMessage({ id, ok: false, report: `The compiler failed: ${error.message}`, problems: [], wasm: null });
  }
});

postMessage({ ready: true });
