/**
 * What to write instead, for TypeScript that AssemblyScript does not have. The compiler says what it did not
 * expect; a programmer who comes from TypeScript needs to know what takes its place.
 *
 * @typedef {{says?: RegExp, at?: RegExp, line?: RegExp, advice: string}} Rule
 *   it applies when the compiler's message, the text it points at, and that text's line all match
 */

/** @type {readonly Rule[]} The first that applies is used, so the narrower ones come first. */
const RULES = [
  {
    says: /Not implemented: union types/,
    line: /\bundefined\b/,
    advice: "There is no 'undefined'. Write '| null', and compare with null.",
  },
  {
    says: /Not implemented: union types/,
    line: /\bonMessage\b/,
    advice: "For text and binary in one hook write 'onMessage(from: Connection, message: Message): void'; " +
      "message.isText tells which it is.",
  },
  {
    says: /Not implemented: union types/,
    line: /\btype\b.*['"]/,
    advice: "Write an enum: 'enum Color { Red, Green }'.",
  },
  {
    says: /Not implemented: union types/,
    advice: "A type is one type, or one class with '| null'. Write a class with a field for each case, or a base class.",
  },
  {
    says: /Not implemented: Closures/,
    advice: "A function inside a function cannot use its variables. Write a loop, or pass what it needs as a parameter.",
  },
  {
    says: /Not implemented: Exceptions/,
    advice: "Nothing can be caught: an error ends the hook, and nothing it did takes effect. " +
      "Use the functions that return a Result, such as kv.tryGet, and test before you call what may throw.",
  },
  { says: /Not implemented: Iterators/, advice: "Write 'for (let i = 0; i < list.length; i++)'. A Map has keys() and values()." },
  { says: /Not implemented: Spread/, advice: "Write 'a.concat(b)', or 'a.slice()' for a copy." },
  { says: /Not implemented: Regular expressions/, advice: "Use indexOf, includes, startsWith, split or charCodeAt." },
  {
    says: /Not implemented: Interface hidden classes|'<object>' is not assignable/,
    advice: "Write a class with fields and a constructor, and make the object with 'new'.",
  },
  {
    says: /expected\.$/,
    line: /\b(async|await)\b/,
    advice: "Hooks do not wait: every function of the SDK answers at once. Write it without 'async' and 'await'.",
  },
  { says: /Cannot find name 'Promise'/, advice: "Hooks do not wait: every function of the SDK answers at once." },
  {
    says: /Cannot find name 'any'|Cannot find name 'unknown'|Cannot find name 'object'/,
    advice: "Name the type. For several types write a generic function, 'function f<T>(value: T): void'.",
  },
  { says: /not assignable to type 'i32'/, line: /\benum\b/, advice: "The members of an enum are whole numbers." },
  { says: /^File '~lib\/.*' not found/, advice: "Only packages written in AssemblyScript can be imported. Is it installed?" },
  {
    says: /Expected 1 arguments, but got 0/,
    at: /^new Date\(\)$/,
    advice: "Write 'new Date(room.now)'. A room knows the time of the event that it answers, in milliseconds since 1970.",
  },
  {
    says: /Type '([iuf]\d+|bool|usize|isize)' is not assignable to type '(?:~lib\/string\/)?String'|Operator '\+' cannot be applied to types .*String'/i,
    advice: "A number does not become a text by itself. Write `count ${value}`, or 'value.toString()'.",
  },
  { at: /^Number$/, advice: "Write 'i32.parse(text)', 'f64.parse(text)' or, for a number of another type, 'i32(value)'." },
  { at: /^String$/, line: /\bString\(/, advice: "Write 'value.toString()'." },
  {
    says: /Type argument expected/,
    line: /\.(map|reduce|reduceRight)\s*\(/,
    advice: "Say what it gives: 'list.map<string>((item) => item.name)'. The function cannot use variables from around it.",
  },
  { says: /Cannot find name 'JSON'/, advice: "Import 'json' and 'JsonObject' from @cloudramp/room: 'class Bid extends JsonObject { … }', and 'json.tryParse<Bid>(text)'." },
  { says: /Cannot find name '(setTimeout|setInterval)'/, advice: "A room is called when a timer is due: 'timer.set(\"close\", 1000)', and 'export function onTimer(name: string): void'." },
  { says: /Cannot find name '(fetch|XMLHttpRequest|WebSocket)'/, advice: "A room reaches only what its host offers: the SDK, and the host's plugins." },
  { at: /^(const|let|var)$/, line: /\b(const|let|var)\s*[{[]/, advice: "Take the parts one by one: 'const id = from.id;'." },
  { says: /expected\.$/, line: /\?\.[A-Za-z_[(]/, advice: "Write 'if (value) value.call()' instead of 'value?.call()'." },
  { says: /expected\.$/, line: /\?\?/, advice: "Write 'a !== null ? a : b', or 'a || b', instead of 'a ?? b'." },
  { says: /expected\.$/, line: /\bfor\s*\([^)]*\bin\b/, advice: "Write 'for (let i = 0; i < list.length; i++)', or use a Map and its keys()." },
  { says: /expected\.$/, line: /\bfunction\s*\*/, advice: "There are no generators. Return an array." },
  { says: /expected\.$/, line: /^\s*[A-Za-z_]\w*\s*:\s*(for|while|do)\b/, advice: "There are no labels. Put the loops into a function and return from it." },
  {
    says: /Type expected/,
    line: /(^|[{;])\s*((private|protected|public|static|readonly)\s+)*\w+\s*=[^=>]/,
    advice: "Every field has a type: 'count: i32 = 0'.",
  },
  { says: /Type expected/, line: /\(/, advice: "Every parameter and every function has a type: 'onMessage(from: Connection, text: string): void'." },
  {
    says: /'[^']*\/Uint8Array' is not assignable to type '[^']*\/ArrayBuffer'/,
    advice: "Write 'bytes.buffer'. Of a view on a part of a buffer take 'bytes.slice().buffer'.",
  },
  {
    says: / \| null' is not assignable/,
    at: /\./,
    advice: "It may be null here, and a field may have changed since it was looked at. Take it first: 'const best = this.best; " +
      "if (best !== null) …'. Or write 'this.best!', which ends the hook if it is null.",
  },
  { says: / \| null' is not assignable/, advice: "It may be null here. Write 'if (value !== null)', or 'value!' to end the hook if it is." },
];

/**
 * @param {string} message the compiler's
 * @param {string} at the source text it points at
 * @param {string} line the line of source that this text begins in
 * @returns {string | null} what to write instead
 */
export function adviceOn(message, at, line) {
  const rule = RULES.find((each) =>
    (each.says?.test(message) ?? true) && (each.at?.test(at) ?? true) && (each.line?.test(line) ?? true));
  return rule?.advice ?? null;
}

/** What programs know from other places and a host does not have: what the import is called, and its replacement. */
const FOREIGN = [
  { name: /^console\./, instead: "log.info(text)" },
  { name: /^trace$/, instead: "log.debug(text)" },
  { name: /^(Date|performance)\.now$/, instead: "room.now" },
  { name: /^crypto\./, instead: "random.next() or random.below(n)" },
];

/** What to write in the place of an import that no host has, or null. */
export function insteadOf(importName) {
  return FOREIGN.find(({ name }) => name.test(importName))?.instead ?? null;
}
