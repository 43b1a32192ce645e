/**
 * The AssemblyScript transform that makes a room out of a program: it checks the hooks, writes the export glue,
 * and puts the SDK's `abort` and `seed` in the place of imports that the host does not have.
 *
 * It touches no file system, so that it runs in a browser as well.
 */
import {
  CommonFlags, DiagnosticCategory, DiagnosticCode, DiagnosticMessage, LiteralKind, NodeKind, Range, SourceKind,
} from "assemblyscript";
import { libraryFiles } from "assemblyscript/asc";
import { Transform } from "assemblyscript/transform";
import { insteadOf } from "./advice.js";
import { nameClashes } from "./name-clashes.js";
import { locateDivisionsByZero } from "./divisions.js";
import { linesOfFunctions } from "./function-lines.js";
import { GLUE_PATH, glueFor } from "./glue.js";
import { addJsonMethods } from "./json-classes.js";
import "./library-calls.js";
import { keepFunctionsWithLoops, watchFunctionsWithLoops } from "./loops.js";
import { notePlaces } from "./noted-places.js";
import { sayWhenMemoryIsShort } from "./out-of-memory.js";
import { shapeOf } from "./program-shape.js";
import { watchLoops } from "./text-in-loops.js";

const LIBRARY = "~lib/";
const SDK_ABORT = "~lib/@cloudramp/room/assembly/abort";
const SDK = `${LIBRARY}@cloudramp/room/`;
/** `Connection.user` or `Connection.info`, and a few others: a program that names neither is not made to read them. */
const IDENTITY = /(?<!\blog\s*)\.\s*(?:user|info)\b/;
const RUNTIME_STUB = 0;
/** It frees memory when it is told to, and only when no hook runs. */
const RUNTIME_MINIMAL = 1;
const BINDINGS_MARK = "// What 'room bindings' has written";

export default class RoomTransform extends Transform {
  #ownSources = new Set();

  afterParse(parser) {
    const { options } = this.program;
    // The library as it is when speed counts: its smaller code joins texts by adding one after the other, which copies, and
    // leaves behind, each of the sums. How far the result is made smaller remains the choice of the settings.
    options.shrinkLevelHint = 0;
    options.exportStart = "_initialize";
    options.globalAliases ??= new Map();
    options.globalAliases.set("abort", `${SDK_ABORT}/abort`);
    options.globalAliases.set("seed", `${SDK_ABORT}/seed`);
    options.globalAliases.set("__mathRandomIsSeeded", "~lib/math/random_seeded");

    const error = (node, message) => this.#report(DiagnosticCategory.Error, node, message);
    const entries = parser.sources.filter(isProgramEntry);
    const [entry, ...others] = entries;
    for (const other of others) {
      error(other, `One build is one room: '${entry.normalizedPath}' is its entry already.`);
    }
    if (!entry || others.length > 0) return;

    const errorsBefore = this.#errors();
    const shape = shapeOf(entry, error);
    if (shape.roomClass !== null && options.runtime === RUNTIME_STUB) {
      error({ range: null }, "A room class keeps its memory, of which the runtime 'stub' never frees any. " +
        "Remove 'runtime' from asconfig.json.");
    }
    if (this.#errors() > errorsBefore) return;
    if (shape.roomClass === null) {
      parser.sources.filter(isProgramSource).forEach((source) => this.#warnOfLostVariables(source));
    }

    const ownSources = parser.sources.filter(isWrittenByHand);
    this.#ownSources = new Set(ownSources);
    this.clashes?.push(...nameClashes(ownSources, parser.sources));
    addJsonMethods(parser.sources.filter(isProgramSource), error);
    notePlaces(this.program, ownSources);
    locateDivisionsByZero(this.program, ownSources);
    watchFunctionsWithLoops(this.program, ownSources);
    watchLoops(this.program, ownSources, (node, name) => this.#warnOfGrowingText(node, name));
    sayWhenMemoryIsShort(parser.sources);
    // From here on the glue is the module's entry, and the program is what it imports.
    entry.sourceKind = SourceKind.User;
    const collects = options.runtime === RUNTIME_MINIMAL;
    const asksWho = parser.sources.some((source) => isOfProgramOrPackage(source) && IDENTITY.test(source.text));
    parser.parseFile(glueFor(shape, `./${entry.internalPath}`, collects, asksWho), GLUE_PATH, true);
  }

  /** Finds imports that no host would link, such as the one that `console.log` stands for. */
  afterCompile(module) {
    const { binaryen } = this;
    for (let index = 0; index < module.getNumFunctions(); ++index) {
      const info = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
      const isImport = info.module !== "";
      const takesNothing = info.params === binaryen.none && info.results === binaryen.none;
      if (!isImport || (info.module !== "env" && takesNothing)) continue;
      if (info.module === "env") {
        const instead = insteadOf(info.base);
        this.#report(DiagnosticCategory.Error, { range: this.#firstUse(info.base) },
          `A room has no '${info.base}'.${instead ? ` Write '${instead}' instead.` : ""}`);
      } else {
        this.#report(DiagnosticCategory.Error, { range: null }, `The import '${info.module}.${info.base}' takes or ` +
          "returns values. Host functions take and return nothing: their arguments go through the mailbox.");
      }
    }
    keepFunctionsWithLoops(this.program, module, binaryen);
    if (this.lines) {
      for (const [name, line] of linesOfFunctions(this.program, this.#ownSources)) this.lines.set(name, line);
    }
  }

  /** Where the program first names `text`; null when it is not the program itself that does. */
  #firstUse(text) {
    for (const source of this.program.sources.filter(isProgramSource)) {
      const start = source.text.indexOf(text);
      if (start >= 0) {
        const range = new Range(start, start + text.length);
        range.source = source;
        return range;
      }
    }
    return null;
  }

  /** Before every hook the host puts memory back, so what a hook leaves in a variable is gone in the next. */
  #warnOfLostVariables(source) {
    for (const { declarations } of source.statements.filter(({ kind }) => kind === NodeKind.Variable)) {
      for (const variable of declarations.filter((each) => !each.is(CommonFlags.Declare))) {
        const name = variable.name.text;
        const warn = (what) => this.#report(DiagnosticCategory.Warning, variable.name,
          `${what}: a program of functions keeps nothing in variables. Keep it in 'kv', or write the room as ` +
          "'export class … extends Room'.");
        if (!variable.is(CommonFlags.Const)) {
          warn(`'${name}' is back to its first value in every hook (if it never changes, write 'const')`);
        } else if (startsEmpty(variable.initializer)) {
          warn(`'${name}' is empty again in every hook`);
        }
      }
    }
  }

  #warnOfGrowingText(node, name) {
    this.#report(DiagnosticCategory.Warning, node, `Each round of this loop copies all of '${name}', and memory may run ` +
      "out before the hook ends. Append to a StringBuilder, or put the parts into an array and join it.");
  }

  #report(category, node, text) {
    const message = DiagnosticMessage.create(DiagnosticCode.User_defined_0, category);
    message.range = node.range;
    message.message = text;
    this.program.diagnostics.push(message);
  }

  #errors() {
    return this.program.diagnostics.filter(({ category }) => category === DiagnosticCategory.Error).length;
  }
}

/** Whether an expression is a new collection with nothing in it, which is of use only if something is put there. */
function startsEmpty(expression) {
  if (expression?.kind === NodeKind.New) {
    return ["Array", "Map", "Set"].includes(expression.typeName.identifier.text) && expression.args.length === 0;
  }
  return expression?.kind === NodeKind.Literal && expression.literalKind === LiteralKind.Array &&
    expression.elementExpressions.length === 0;
}

function isProgramSource(source) {
  return !source.normalizedPath.startsWith(LIBRARY);
}

/** What 'room bindings' has written says so in its first line; an error there is one of the call that led to it. */
function isWrittenByHand(source) {
  return isProgramSource(source) && !source.text.startsWith(BINDINGS_MARK);
}

/** Neither of the SDK nor of the compiler's own library. */
function isOfProgramOrPackage({ normalizedPath }) {
  if (normalizedPath.startsWith(SDK)) return false;
  return !normalizedPath.startsWith(LIBRARY) || !Object.hasOwn(libraryFiles, normalizedPath.slice(LIBRARY.length, -".ts".length));
}

function isProgramEntry(source) {
  return source.sourceKind === SourceKind.UserEntry && isProgramSource(source);
}
