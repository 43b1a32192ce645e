/**
 * Writes the export glue: an AssemblyScript file whose exports are what the host calls (guest ABI 1). Each
 * hook's export reads the event from the mailbox and calls the programmer's function with it.
 */

/** The path, inside a build, of the file that is written here. */
export const GLUE_PATH = "sandbox-room.ts";

/**
 * @param {import("./program-shape.js").ProgramShape} shape
 * @param {string} programPath the entry file's path without extension, as seen from the glue
 * @param {boolean} collects whether a hook of a class has to free memory itself when it is done
 * @param {boolean} asksWho whether the program wants to know who somebody is
 * @returns {string} AssemblyScript
 */
export function glueFor(shape, programPath, collects, asksWho) {
  const inClass = shape.roomClass !== null;
  const hooks = shape.hooks.map((declaration) => exportFor(declaration, inClass, collects, asksWho));
  if (inClass && !shape.hooks.some(({ hook }) => hook.name === "onStart")) hooks.unshift(START_OF_CLASS);
  return [
    'export { openMailbox as sandbox_abi_1, reserveInbox as sandbox_reserve } from "@cloudramp/room/assembly/abi/mailbox";',
    'import * as sdk from "@cloudramp/room/assembly/hooks";',
    'export { placeAddress as sandbox_place } from "@cloudramp/room/assembly/abort";',
    `import * as program from ${JSON.stringify(programPath)};`,
    ...kindsOfMessages(shape),
    ...(inClass ? [roomMemory(shape.roomClass)] : []),
    ...hooks,
  ].join("\n") + "\n";
}

/** Tells the host which messages the program takes, so that it can answer who sends another. */
function kindsOfMessages({ hooks }) {
  const types = hooks.find(({ hook }) => hook.name === "onMessage")?.types ?? [];
  if (types.includes("string")) return ["export const sandbox_text_only: i32 = 1;"];
  if (types.includes("ArrayBuffer")) return ["export const sandbox_binary_only: i32 = 1;"];
  return [];
}

/** Keeps one object of the room's class. It is made in a hook, so that its constructor can use the room. */
function roomMemory(roomClass) {
  return `
import { warmHeap } from "@cloudramp/room/assembly/room-class";
warmHeap();
export const sandbox_room_memory: i32 = 1;
let kept: program.${roomClass} | null = null;
function theRoom(): program.${roomClass} {
  let room = kept;
  if (!room) kept = room = new program.${roomClass}();
  return room;
}`;
}

const START_OF_CLASS = `
export function onStart(): void {
  sdk.beginEvent();
  theRoom();
}`;

function exportFor({ hook, types, refuses, answers }, inClass, collects, asksWho) {
  const lines = ["sdk.beginEvent();"];
  const names = types.map((type, index) => {
    const { name, types: readers } = hook.parameters[index];
    const { read, onlyIf } = readers[type];
    if (onlyIf) lines.push(`if (!sdk.${onlyIf}()) return sdk.refuse();`);
    lines.push(`const ${name} = sdk.${read}();`);
    return name;
  });
  if (asksWho && hook.tellsWho && names.length > 0) {
    for (const { skip } of hook.parameters.slice(names.length)) lines.push(`sdk.${skip}();`);
    lines.push(`sdk.readIdentity(${names[0]});`);
  }
  const call = `${inClass ? "theRoom()" : "program"}.${hook.name}(${names.join(", ")})`;
  lines.push(refuses ? `if (!${call}) sdk.refuse();` : answers ? `sdk.answer(${call});` : `${call};`);
  // No object of the hook is on the stack any more, which is what this collector asks for.
  if (inClass && collects) lines.push("__collect();");
  return `\nexport function ${hook.name}(): void {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
}
