/**
 * The AssemblyScript transform that makes a room out of a program: it checks the hooks, writes the export glue,
 * and puts the SDK's `abort` and `seed` in the place of imports that the host does not have.
 *
 * It touches no file system, so that it runs in a browser as well.
 */
import { CommonFlags, DiagnosticCategory, DiagnosticCode, DiagnosticMessage, NodeKind, SourceKind } from "assemblyscript";
import { Transform } from "assemblyscript/transform";
import { GLUE_PATH, glueFor } from "./glue.js";
import { shapeOf } from "./program-shape.js";

const LIBRARY = "~lib/";
const SDK_ABORT = "~lib/@cloudramp/room/assembly/abort";
const RUNTIME_STUB = 0;

export default class RoomTransform extends Transform {
  afterParse(parser) {
    const { options } = this.program;
    options.exportStart = "_initialize";
    options.globalAliases ??= new Map();
    options.globalAliases.set("abort", `${SDK_ABORT}/abort`);
    options.globalAliases.set("seed", `${SDK_ABORT}/seed`);

    const error = (node, message) => this.#report(DiagnosticCategory.Error, node, message);
    const entries = parser.sources.filter(isProgramEntry);
    const [entry, ...others] = entries;
    for (const other of others) {
      error(other, `One build is one room: '${entry.normalizedPath}' is its entry already.`);
    }
    if (!entry || others.length > 0) return;

    const errorsBefore = this.#errors();
    const shape = shapeOf(entry, error);
    if (this.#errors() > errorsBefore) return;
    if (shape.roomClass) {
      if (options.runtime === RUNTIME_STUB) {
        error({ range: entry.range }, "A room class keeps its memory, which the 'stub' runtime never frees. " +
          "Remove 'runtime' from asconfig.json.");
      }
    } else {
      parser.sources.filter(isProgramSource).forEach((source) => this.#warnOfLostVariables(source));
    }

    // From here on the glue is the module's entry, and the program is what it imports.
    entry.sourceKind = SourceKind.User;
    parser.parseFile(glueFor(shape, `./${entry.internalPath}`), GLUE_PATH, true);
  }

  /** Before every hook the host puts memory back, so what a hook leaves in a variable is gone in the next. */
  #warnOfLostVariables(source) {
    for (const statement of source.statements) {
      if (statement.kind !== NodeKind.Variable) continue;
      for (const variable of statement.declarations) {
        if (variable.is(CommonFlags.Const) || variable.is(CommonFlags.Declare)) continue;
        this.#report(DiagnosticCategory.Warning, variable.name,
          `'${variable.name.text}' is back to its first value in every hook: a program of functions keeps nothing ` +
          "in variables. Keep it in 'kv', or write the room as 'export class … extends Room'. " +
          "If it never changes, write 'const'.");
      }
    }
  }

  #report(category, node, text) {
    const message = DiagnosticMessage.create(DiagnosticCode.User_defined_0, category).withRange(node.range);
    message.message = text;
    this.program.diagnostics.push(message);
  }

  #errors() {
    return this.program.diagnostics.filter(({ category }) => category === DiagnosticCategory.Error).length;
  }
}

function isProgramSource(source) {
  return !source.normalizedPath.startsWith(LIBRARY);
}

function isProgramEntry(source) {
  return source.sourceKind === SourceKind.UserEntry && isProgramSource(source);
}
