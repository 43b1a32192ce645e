/** The AssemblyScript of a plugin's functions, made of what `@cloudramp/room/plugin` has. */
import { UserError } from "./user-error.js";

const NAME = /^[a-z][a-zA-Z0-9]{0,63}$/;

/** What cannot be the name of a class or of a static method. */
const RESERVED_CLASSES = new Set(("abstract as async await bool boolean break case catch class const continue debugger " +
  "declare default delete do else enum export extends false finally for from function get if implements import in " +
  "instanceof interface is keyof let namespace native new null number of package private protected public readonly " +
  "return set static string super switch symbol this throw true try type typeof undefined var void while with yield " +
  "i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64 v128 memory heap table").split(" "));
const RESERVED_METHODS = new Set(["constructor", "prototype", "name", "length"]);

/**
 * @typedef {object} Type how a value looks in a program, and how it goes to the host and comes back
 * @property {string} type
 * @property {(value: string) => string[]} write statements
 * @property {string} read an expression
 * @property {string[]} uses what they take from `@cloudramp/room/plugin`
 * @property {string} [nothing] what stands for the value when the host answered an error; default: 0
 */

/** @type {Record<string, Type>} */
const TYPES = {
  STRING: { ...simple("string", "String"), nothing: '""' },
  BYTES: { ...simple("ArrayBuffer", "Bytes"), nothing: "new ArrayBuffer(0)" },
  BOOL: { ...simple("bool", "Bool"), nothing: "false" },
  I32: simple("i32", "I32"),
  I64: simple("i64", "I64"),
  F64: simple("f64", "F64"),
  LIST_OF_STRING: { ...simple("string[]", "Strings"), nothing: "[]" },
  LIST_OF_LIST_OF_STRING: {
    type: "string[][]",
    write: (value) => [
      `writeI32(${value}.length);`,
      `for (let i = 0; i < ${value}.length; ++i) writeStrings(${value}[i]);`,
    ],
    read: "readStringLists()",
    uses: ["writeI32", "writeStrings", "readI32", "readStrings"],
    nothing: "[]",
  },
  DATA: {
    type: "Message",
    write: (value) => [`writeBool(!${value}.isText);`, `writeBytes(${value}.bytes);`],
    read: "new Message(!readBool(), readBytes())",
    uses: ["writeBool", "writeBytes", "readBool", "readBytes"],
    nothing: "new Message(true, new ArrayBuffer(0))",
  },
  OPTIONAL_BYTES: {
    type: "ArrayBuffer | null",
    write: (value) => [`writeBool(${value} !== null);`, `if (${value} !== null) writeBytes(${value});`],
    read: "readBool() ? readBytes() : null",
    uses: ["writeBool", "writeBytes", "readBool", "readBytes"],
    nothing: "null",
  },
  LIST_OF_OPTIONAL_BYTES: {
    type: "Array<ArrayBuffer | null>",
    write: (value) => [
      `writeI32(${value}.length);`,
      `for (let i = 0; i < ${value}.length; ++i) {`,
      `  const item = ${value}[i];`,
      "  writeBool(item !== null);",
      "  if (item !== null) writeBytes(item);",
      "}",
    ],
    read: "readOptionals()",
    uses: ["writeI32", "writeBool", "writeBytes", "readI32", "readBool", "readBytes"],
    nothing: "[]",
  },
};

/** What is written once into a file that has a function with such a result. */
const HELPERS = {
  LIST_OF_LIST_OF_STRING: `
function readStringLists(): string[][] {
  const lists = new Array<string[]>(readI32());
  for (let i = 0; i < lists.length; ++i) lists[i] = readStrings();
  return lists;
}
`,
  LIST_OF_OPTIONAL_BYTES: `
function readOptionals(): Array<ArrayBuffer | null> {
  const items = new Array<ArrayBuffer | null>(readI32());
  for (let i = 0; i < items.length; ++i) items[i] = readBool() ? readBytes() : null;
  return items;
}
`,
};

function simple(type, suffix) {
  return {
    type,
    write: (value) => [`write${suffix}(${value});`],
    read: `read${suffix}()`,
    uses: [`write${suffix}`, `read${suffix}`],
    nothing: "0",
  };
}

/** What the functions below use themselves. */
const OWN_NAMES = new Set(["beginRequest", "error", "item", "i", "readOptionals", "readStringLists", "receive", "sendRequest", "tryReceive",
  ...Object.values(TYPES).flatMap(({ uses }) => uses)]);

/**
 * @param {{name: string, functions: {name: string, kind: string, parameters: string[], names?: (string | null)[],
 *   result: string | null}[]}} plugin
 * @returns {string} a source file
 * @throws {UserError} when the description is none, or has what this SDK does not know
 */
export function bindingsOf(plugin) {
  if (!isName(plugin?.name) || !Array.isArray(plugin.functions)) throw new UserError("A module has no name, or no functions.");
  const functions = plugin.functions.map((each) => new Binding(plugin.name, each));
  const names = new Set(functions.map(({ name }) => name));
  const body = [
    ...functions.map((each) => each.import()),
    `/** What the host's plugin '${plugin.name}' offers. Each function ends the hook when the host answers an error; its`,
    " * `try…` twin returns the error instead. */",
    `export abstract class ${RESERVED_CLASSES.has(plugin.name) ? `${plugin.name}_` : plugin.name} {`,
    functions.map((each) => each.methods(names)).join("\n"),
    "}",
    "",
    ...functions.map((each) => each.request()),
    ...Object.entries(HELPERS).filter(([type]) => functions.some(({ result }) => result === TYPES[type])).map(([, text]) => text),
  ].join("\n");

  return [
    `// What 'room bindings' has written: it writes this file anew, with all of it.`,
    imports(body, ["Message", "Result"], "@cloudramp/room"),
    imports(body, ["beginRequest", "receive", "sendRequest", "tryReceive",
      ...[...new Set(Object.values(TYPES).flatMap(({ uses }) => uses))].sort()], "@cloudramp/room/plugin"),
    "",
    body,
  ].filter((part) => part !== null).join("\n");
}

/** An import of those of the names that the text uses; null when it uses none. */
function imports(text, names, from) {
  const used = names.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return used.length === 0 ? null : `import { ${used.join(", ")} } from "${from}";`;
}

/** One function of a plugin. */
class Binding {
  constructor(module, description) {
    if (!isName(description?.name)) throw new UserError(`Module '${module}' has a function without a name.`);
    const { name, kind, parameters = [], names = [], result } = description;
    if (!Array.isArray(parameters) || !Array.isArray(names)) {
      throw new UserError(`'${module}.${name}' has parameters that are no list.`);
    }
    this.module = module;
    this.name = name;
    this.isEffect = kind === "effect";
    this.title = `${name[0].toUpperCase()}${name.slice(1)}`;
    this.parameters = parameters.map((each, i) => ({ name: this.#parameterName(names[i], i), ...this.#type(each) }));
    this.result = result === null || result === undefined ? null : this.#type(result);
  }

  /** What its author calls a parameter, or else a letter; with an end of its own where a function here has that name. */
  #parameterName(name, index) {
    if (name === undefined || name === null) return String.fromCharCode(97 + index);
    if (!isName(name)) throw new UserError(`'${this.module}.${this.name}' has a parameter without a name.`);
    const isTaken = RESERVED_CLASSES.has(name) || OWN_NAMES.has(name) || /^(host|request)[A-Z]/.test(name);
    return isTaken ? `${name}_` : name;
  }

  #type(layout) {
    if (!Object.hasOwn(TYPES, layout)) {
      throw new UserError(`'${this.module}.${this.name}' has a value of type '${layout}', which this SDK does not know. ` +
        "A newer one may.");
    }
    return TYPES[layout];
  }

  get #signature() {
    return this.parameters.map(({ name, type }) => `${name}: ${type}`).join(", ");
  }

  import() {
    return `// @ts-ignore: decorator\n@external("${this.module}", "${this.name}")\ndeclare function host${this.title}(): void;\n`;
  }

  /** @param {Set<string>} taken names that the plugin's own functions have */
  methods(taken) {
    const call = `request${this.title}(${this.parameters.map(({ name }) => name).join(", ")});`;
    const method = RESERVED_METHODS.has(this.name) ? `${this.name}_` : this.name;
    const lines = [
      this.isEffect ? "  /** Takes effect when the hook has succeeded. */" : "  /** Answers at once. */",
      `  static ${method}(${this.#signature}): ${this.result?.type ?? "void"} {`,
      `    ${call}`,
      "    receive();",
      ...(this.result ? [`    return ${this.result.read};`] : []),
      "  }",
    ];
    if (!taken.has(`try${this.title}`)) lines.push("", ...this.#twin(call));
    return `${lines.join("\n")}\n`;
  }

  #twin(call) {
    const type = this.result?.type ?? "bool";
    const value = this.result ? `error ? ${this.result.nothing} : ${parenthesized(this.result.read)}` : "error === null";
    return [
      `  static try${this.title}(${this.#signature}): Result<${type}> {`,
      `    ${call}`,
      "    const error = tryReceive();",
      `    return new Result<${type}>(${value}, error);`,
      "  }",
    ];
  }

  request() {
    const lines = this.parameters.flatMap(({ name, write }) => write(name)).map((line) => `  ${line}`);
    return [
      `function request${this.title}(${this.#signature}): void {`,
      "  beginRequest();",
      ...lines,
      "  sendRequest();",
      `  host${this.title}();`,
      "}",
      "",
    ].join("\n");
  }
}

function isName(value) {
  return typeof value === "string" && NAME.test(value);
}

function parenthesized(expression) {
  return expression.includes("?") ? `(${expression})` : expression;
}
