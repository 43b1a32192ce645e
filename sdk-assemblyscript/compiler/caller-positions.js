/**
 * Lets an error in a library say where the program called it. The compiler itself gives only the library's own file and
 * line, and a host knows no more. So before each call that goes from the program's files into a library, code is added
 * that notes the place of that call, for `abort` (`assembly/abort.ts`) to report.
 *
 * The compiler has no hook for that, so the one method that all direct calls go through is wrapped, for the programs
 * named here and no others. That is safe because the compiler's version is fixed in package.json.
 */
import { Compiler } from "assemblyscript";

const NOTES = "~lib/@cloudramp/room/assembly/abort";
/** As in `assembly/abort.ts`. */
const COLUMN_BITS = 10;
const LAST_COLUMN = (1 << COLUMN_BITS) - 1;

/** They fail on nothing, and the compiler looks at calls of them to learn what is not null. */
const COMPARISONS = new Set([
  ...["eq", "ne", "not"].map((name) => `~lib/string/String.__${name}`),
  ...["equals", "differs"].map((name) => `~lib/@cloudramp/room/assembly/connection/Connection.${name}`),
]);

/** The sources whose calls are noted, for each program. @type {WeakMap<object, Set<object>>} */
const programs = new WeakMap();

/**
 * Notes the calls that leave `sources`, while `program` is compiled.
 *
 * @param {object} program the compiler's
 * @param {object[]} sources those that the programmer has written
 */
export function noteCallers(program, sources) {
  programs.set(program, new Set(sources));
}

const makeCallDirect = Compiler.prototype.makeCallDirect;

Compiler.prototype.makeCallDirect = function (instance, operands, node, ...rest) {
  const own = programs.get(this.program);
  const leaves = own?.has(node.range.source) && !own.has(instance.declaration.range.source) &&
    !COMPARISONS.has(instance.internalName);
  if (!leaves) return makeCallDirect.call(this, instance, operands, node, ...rest);
  // After the operands, which may call as well.
  const note = noteOf(this, node.range);
  if (operands?.length > 0) {
    const types = [instance.signature.thisType, ...instance.signature.parameterTypes].filter((type) => type !== null);
    const last = operands.length - 1;
    operands[last] = followedBy(this, operands[last], types[last], note);
    return makeCallDirect.call(this, instance, operands, node, ...rest);
  }
  const call = makeCallDirect.call(this, instance, operands, node, ...rest);
  return this.module.block(null, [...note, call], this.currentType.toRef());
};

/** The operand, and then the note, as one expression that has the operand's value. */
function followedBy(compiler, operand, type, note) {
  const { module } = compiler;
  const kept = compiler.currentFlow.getTempLocal(type);
  return module.block(null, [
    module.local_set(kept.index, operand, type.isManaged), ...note, module.local_get(kept.index, type.toRef()),
  ], type.toRef());
}

/** Notes file, line and column. */
function noteOf(compiler, range) {
  const { module } = compiler;
  const line = range.source.lineAt(range.start);
  const column = range.source.columnAt(); // of the same place
  return [
    module.global_set(globalOf(compiler, "callerFile"), compiler.ensureStaticString(range.source.normalizedPath)),
    module.global_set(globalOf(compiler, "callerPlace"), module.i32((line << COLUMN_BITS) | Math.min(column, LAST_COLUMN))),
  ];
}

function globalOf(compiler, name) {
  const element = compiler.program.elementsByName.get(`${NOTES}/${name}`);
  compiler.compileGlobal(element);
  return element.internalName;
}
