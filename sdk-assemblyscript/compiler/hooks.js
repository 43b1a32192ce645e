/**
 * The hooks that a program may have, and how each parameter is read from the event.
 *
 * A programmer may leave out parameters from the end. Where a parameter has several types, the type that the
 * programmer wrote decides how the event is read. Every reader is a function of `assembly/hooks.ts`.
 *
 * @typedef {{read: string, onlyIf?: string}} Reader
 *   the function that reads the parameter, and the one that tells whether the event has such a value at all;
 *   the hook refuses an event that has not
 * @typedef {{name: string, types: Record<string, Reader>, skip?: string}} Parameter
 *   its name in the documentation, the reader for each type that it may have, and the function that passes over it
 * @typedef {{name: string, parameters: Parameter[], mayRefuse: boolean, tellsWho?: boolean, answers?: string}} Hook
 *   `mayRefuse`: whether it may return `bool`, with false for "no"; `tellsWho`: whether behind its parameters the event
 *   says who the connection is that is the first of them; `answers`: the type that it may return for the host to send
 */

const woke = { name: "woke", types: { bool: { read: "readWoke" }, boolean: { read: "readWoke" } } };
const who = { name: "who", types: { Connection: { read: "readConnection" } } };
const from = { name: "from", types: { Connection: { read: "readConnection" } } };
const message = {
  name: "text",
  types: {
    string: { read: "readText", onlyIf: "nextIsText" },
    ArrayBuffer: { read: "readBinary", onlyIf: "nextIsBinary" },
    Message: { read: "readMessage" },
  },
  skip: "skipMessage",
};
const code = { name: "code", types: { i32: { read: "readCode" } }, skip: "skipCode" };
const reason = { name: "reason", types: { string: { read: "readText" } }, skip: "skipText" };
const timerName = { name: "name", types: { string: { read: "readText" } } };
const due = { name: "due", types: { i64: { read: "readDue" } } };
const attempt = { name: "attempt", types: { i32: { read: "readAttempt" } } };
const request = { name: "request", types: { Request: { read: "readRequest" } } };
const error = { name: "error", types: { HookError: { read: "readHookError" } } };

/** @type {readonly Hook[]} */
export const HOOKS = [
  { name: "onStart", parameters: [woke], mayRefuse: false },
  { name: "onJoin", parameters: [who], mayRefuse: true, tellsWho: true },
  { name: "onMessage", parameters: [from, message], mayRefuse: false, tellsWho: true },
  { name: "onLeave", parameters: [who, code, reason], mayRefuse: false, tellsWho: true },
  { name: "onTimer", parameters: [timerName, due, attempt], mayRefuse: false },
  { name: "onRequest", parameters: [request], mayRefuse: false, answers: "Response" },
  { name: "onError", parameters: [error], mayRefuse: false },
];

/** @returns {Hook | undefined} the hook of that name */
export function hookNamed(name) {
  return HOOKS.find((hook) => hook.name === name);
}

/** How to write a hook, in its simplest form: `onLeave(who: Connection): void`. */
export function exampleOf(hook) {
  const most = { onStart: 0, onLeave: 1, onTimer: 1 }[hook.name] ?? hook.parameters.length;
  const parameters = hook.parameters.slice(0, most).map(({ name, types }) => `${name}: ${Object.keys(types)[0]}`);
  return `${hook.name}(${parameters.join(", ")}): ${hook.answers ?? "void"}`;
}
