/**
 * Lets a host say where in a program a hook has failed. A library that finds an error knows only its own file and line, and of a trap
 * or a deadline no engine gives more than the functions that were running. So where the program calls a library, where a function
 * calls itself, and where a loop begins, code is added that notes that place, for `abort` and for the host (`assembly/abort.ts`).
 *
 * The compiler has no hook for that, so the methods that all direct calls and loops go through are wrapped, for the programs
 * named here and no others. That is safe because the compiler's version is fixed in package.json.
 */
import { Compiler, TypeRef } from "assemblyscript";

const NOTES = "~lib/@cloudramp/room/assembly/abort";
/** As in `assembly/abort.ts`. */
const COLUMN_BITS = 10;
const LAST_COLUMN = (1 << COLUMN_BITS) - 1;
/** No host believes a longer name. */
const MAX_FILE_BYTES = 200;
const WORD_BYTES = 4;
const encoder = new TextEncoder();

/** They fail on nothing, and the compiler looks at calls of them to learn what is not null. */
const COMPARISONS = new Set([
  ...["eq", "ne", "not"].map((name) => `~lib/string/String.__${name}`),
  ...["equals", "differs"].map((name) => `~lib/@cloudramp/room/assembly/connection/Connection.${name}`),
]);

/** For each program the sources whose places are noted, with where the name of each stands once it is needed. @type {WeakMap<object, Map<object, number>>} */
const programs = new WeakMap();

/**
 * Notes the calls that leave `sources`, those of a function by itself, and the loops there, while `program` is compiled.
 *
 * @param {object} program the compiler's
 * @param {object[]} sources those that the programmer has written
 */
export function notePlaces(program, sources) {
  programs.set(program, new Map(sources.map((source) => [source, 0])));
}

const makeCallDirect = Compiler.prototype.makeCallDirect;

Compiler.prototype.makeCallDirect = function (instance, operands, node, ...rest) {
  const own = programs.get(this.program);
  const leaves = !own?.has(instance.declaration.range.source) && !COMPARISONS.has(instance.internalName);
  const isNoted = own?.has(node.range.source) && (leaves || instance === this.currentFlow.sourceFunction);
  if (!isNoted) return makeCallDirect.call(this, instance, operands, node, ...rest);
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

for (const method of ["compileForStatement", "compileWhileStatement", "compileDoStatement"]) {
  const compile = Compiler.prototype[method];
  Compiler.prototype[method] = function (statement, ...rest) {
    const loop = compile.call(this, statement, ...rest);
    return programs.get(this.program)?.has(statement.range.source)
      ? this.module.block(null, [...noteOf(this, statement.range), loop])
      : loop;
  };
}

/** Notes file, line and column. */
function noteOf(compiler, range) {
  const { module } = compiler;
  const line = range.source.lineAt(range.start);
  const column = range.source.columnAt(); // of the same place
  const position = (line << COLUMN_BITS) | Math.min(column, LAST_COLUMN);
  // Both words at once: the file's name, and behind it the position.
  const words = module.i64(nameOf(compiler, range.source), position);
  return [module.store(2 * WORD_BYTES, placeOf(compiler), words, TypeRef.I64, 0, WORD_BYTES)];
}

/** The address where places are noted; it never changes, so the optimiser puts it into the code. */
function placeOf(compiler) {
  const element = compiler.program.elementsByName.get(`${NOTES}/place`);
  compiler.compileGlobal(element);
  return compiler.module.global_get(element.internalName, TypeRef.I32);
}

/** The address of a file's name, with its length in front. */
function nameOf(compiler, source) {
  const names = programs.get(compiler.program);
  if (names.get(source) === 0) {
    const name = encoder.encode(source.normalizedPath).slice(-MAX_FILE_BYTES);
    const bytes = new Uint8Array(WORD_BYTES + name.length);
    new DataView(bytes.buffer).setUint32(0, name.length, true);
    bytes.set(name, WORD_BYTES);
    names.set(source, i64_low(compiler.addAlignedMemorySegment(bytes, WORD_BYTES).offset));
  }
  return names.get(source);
}
