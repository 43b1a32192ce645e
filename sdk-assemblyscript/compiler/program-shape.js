/**
 * Reads from a program's entry file what the host will call: a room class, or functions, and their hooks.
 * It looks at the syntax only, since the export glue has to be written before types are known.
 */
import { CommonFlags, NodeKind } from "assemblyscript";
import { exampleOf, HOOKS, hookNamed } from "./hooks.js";

/**
 * @typedef {{hook: import("./hooks.js").Hook, types: string[], refuses: boolean, answers: boolean}} HookDeclaration
 *   the hook, the type of each parameter as written, and whether it returns `bool`
 * @typedef {{roomClass: string | null, hooks: HookDeclaration[]}} ProgramShape
 *   `roomClass` is the name of the class that extends `Room`, or null for a program of functions
 * @typedef {(node: {range: object}, message: string) => void} Report
 */

const PACKAGE = "@cloudramp/room";

/** What people used to other frameworks write, and what it is called here. */
const OTHER_NAMES = new Map([
  ["onConnect", "onJoin"], ["onConnection", "onJoin"], ["onEnter", "onJoin"], ["onOpen", "onJoin"],
  ["onClose", "onLeave"], ["onDisconnect", "onLeave"], ["onExit", "onLeave"],
  ["onBinary", "onMessage"], ["onData", "onMessage"], ["onReceive", "onMessage"], ["onText", "onMessage"],
  ["onCreate", "onStart"], ["onInit", "onStart"],
]);

/** The exported classes of `source` that extend `Room`. */
export function roomClasses(source) {
  const imported = importedNames(source);
  const isRoom = ({ name }) => (name.next ? lastPart(name) : imported.get(name.identifier.text)) === "Room";
  return source.statements
    .map(declarationIn)
    .filter((statement) => statement.kind === NodeKind.ClassDeclaration && isExported(statement))
    .filter(({ extendsType }) => extendsType && isRoom(extendsType));
}

/**
 * What the host will call in `source`.
 *
 * @param {object} source a parsed source file
 * @param {Report} error told about everything that cannot become a hook
 * @returns {ProgramShape}
 */
export function shapeOf(source, error) {
  const imported = importedNames(source);
  const [roomClass, ...otherClasses] = roomClasses(source);
  for (const other of otherClasses) {
    error(other.name, `One file is one room: '${roomClass.name.text}' is one already. ` +
      `Move '${other.name.text}' to a project of its own, or make it a class that '${roomClass.name.text}' uses.`);
  }

  if (roomClass) checkThatItCanBeMade(roomClass, error);

  const functions = source.statements.map(declarationIn)
    .filter((statement) => statement.kind === NodeKind.FunctionDeclaration);
  if (roomClass) {
    for (const stray of functions.filter((each) => isExported(each) && hookNamed(each.name.text))) {
      error(stray.name, `'${stray.name.text}' stands beside the room class '${roomClass.name.text}'. ` +
        "Make it a method of the class.");
    }
  }

  const candidates = roomClass
    ? roomClass.members.filter((member) => member.kind === NodeKind.MethodDeclaration)
    : functions;
  const hooks = [];
  for (const candidate of candidates) {
    const name = candidate.name.text;
    const hook = hookNamed(name);
    if (hook) {
      if (!roomClass && !isExported(candidate)) {
        error(candidate.name, `The host cannot see '${name}'. Write 'export function ${name}…'.`);
      }
      if (roomClass && candidate.is(CommonFlags.Static)) {
        error(candidate.name, `The hook '${name}' belongs to a room. Write it without 'static'.`);
      }
      if (!roomClass && hook.name === "onStart") {
        error(candidate.name, "A program of functions keeps no memory, so no room of it ever starts, and the host never calls " +
          "'onStart'. Write the room as 'export class … extends Room', or do it in 'onJoin'.");
      }
      hooks.push(declarationOf(candidate, hook, imported, error));
    } else if (roomClass || isExported(candidate)) {
      const meant = OTHER_NAMES.get(name) ?? HOOKS.find((each) => each.name.toLowerCase() === name.toLowerCase())?.name;
      if (meant) error(candidate.name, `The host calls no '${name}'. Write '${exampleOf(hookNamed(meant))}'.`);
    }
  }
  for (const [node, name] of hooksThatAreNoFunctions(source)) {
    error(node, `Write the hook as 'export function ${exampleOf(hookNamed(name))} { … }' in this file.`);
  }
  if (hooks.length === 0) {
    const example = exampleOf(hookNamed("onMessage"));
    error(roomClass ? roomClass.name : { range: source.range }, roomClass
      ? `The room class '${roomClass.name.text}' has no hook. Give it for example '${example} { … }'.`
      : `This file has no hook, so the host would never call it. Write for example 'export function ${example} { … }'. ` +
        `The hooks are ${HOOKS.map((hook) => hook.name).join(", ")}.`);
  }
  return { roomClass: roomClass ? roomClass.name.text : null, hooks };
}

/** The host makes the room, and knows nothing that it could hand to a constructor. */
function checkThatItCanBeMade(roomClass, error) {
  const name = roomClass.name.text;
  if (roomClass.is(CommonFlags.Abstract)) {
    error(roomClass.name, `The host cannot make the abstract class '${name}'. Write it without 'abstract'.`);
  }
  if (roomClass.isGeneric) {
    error(roomClass.name, `The host cannot make the generic class '${name}'. Write it without type parameters.`);
  }
  const constructor = roomClass.members.find((member) => member.is(CommonFlags.Constructor));
  const needed = constructor?.signature.parameters.find((parameter) => !parameter.initializer);
  if (needed) {
    error(needed, `The host makes the room without arguments. Give '${needed.name.text}' a default, or remove it.`);
  }
}

/** Reads one hook's signature; what does not fit is reported with what to write instead. */
function declarationOf(candidate, hook, imported, error) {
  const { parameters, returnType } = candidate.signature;
  const example = `Write '${exampleOf(hook)}'`;
  if (candidate.typeParameters?.length) {
    error(candidate.name, `The host cannot call the generic hook '${hook.name}'. ${example}.`);
  }
  const types = [];
  parameters.forEach((parameter, index) => {
    const expected = hook.parameters[index];
    if (!expected) {
      const count = hook.parameters.length;
      const most = count === 1 ? "one parameter" : `${count} parameters`;
      error(parameter, `'${hook.name}' takes ${count > 1 ? "at most " : ""}${most}. ${example}.`);
      return;
    }
    const allowed = Object.keys(expected.types);
    const type = typeName(parameter.type, imported);
    if (!allowed.includes(type) || parameter.type.isNullable) {
      const written = type === "" ? "has no type" : `is of type '${textOf(parameter.type)}'`;
      error(parameter, `'${parameter.name.text}' of '${hook.name}' ${written}; ` +
        `it must be ${listOf(allowed.map((each) => `'${each}'`))}. ${example}.`);
    }
    types.push(type);
  });

  const returns = typeName(returnType, imported);
  const refuses = hook.mayRefuse && (returns === "bool" || returns === "boolean");
  const answers = returns === hook.answers && !returnType.isNullable;
  if (returns !== "void" && !refuses && !answers) {
    const instead = hook.answers ? `'${hook.answers}', or 'void' to answer with 204`
      : hook.mayRefuse ? "'void', or 'bool' with false to refuse" : "'void'";
    error(returnType, `'${hook.name}' returns '${textOf(returnType)}'; it must be ${instead}. ${example}.`);
  }
  return { hook, types, refuses, answers };
}

/** Hooks written as `export const onJoin = …` or `export { onJoin } from …`. */
function hooksThatAreNoFunctions(source) {
  const found = [];
  for (const statement of source.statements) {
    if (statement.kind === NodeKind.Variable) {
      for (const variable of statement.declarations) {
        if (isExported(variable) && hookNamed(variable.name.text)) found.push([variable.name, variable.name.text]);
      }
    } else if (statement.kind === NodeKind.Export) {
      for (const member of statement.members ?? []) {
        if (hookNamed(member.exportedName.text)) found.push([member, member.exportedName.text]);
      }
    }
  }
  return found;
}

/** The SDK's names as this file calls them: `import { Connection as Player }` maps Player to Connection. */
function importedNames(source) {
  const names = new Map();
  for (const statement of source.statements) {
    if (statement.kind !== NodeKind.Import || statement.path.value !== PACKAGE) continue;
    for (const { name, foreignName } of statement.declarations ?? []) names.set(name.text, foreignName.text);
  }
  return names;
}

function typeName(type, imported) {
  if (type.kind !== NodeKind.NamedType || type.typeArguments?.length) return textOf(type);
  const written = lastPart(type.name);
  return imported.get(written) ?? written;
}

/** `Connection` of `sdk.Connection`. */
function lastPart(name) {
  return name.next ? lastPart(name.next) : name.identifier.text;
}

function textOf(node) {
  return node.range.source.text.substring(node.range.start, node.range.end);
}

/** What `export default` wraps; any other statement is itself. */
function declarationIn(statement) {
  return statement.kind === NodeKind.ExportDefault ? statement.declaration : statement;
}

function isExported(declaration) {
  return declaration.is(CommonFlags.Export);
}

function listOf(words) {
  return words.length === 1 ? words[0] : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
