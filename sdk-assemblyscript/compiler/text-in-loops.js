/**
 * Finds loops that make a text longer round by round. Each `all += part` copies all there is so far, so a loop over 600 ids
 * of 16 characters allocates 6 MB for a text of 20 KB: memory runs out long before anybody would expect it.
 *
 * Which `+=` stands in a loop is a matter of syntax, and whether it adds texts or numbers is a matter of types. So the loops
 * are looked at first, and those of their additions that the compiler then turns into a joining of texts are reported.
 */
import { Compiler, LiteralKind, NodeKind, Token } from "assemblyscript";
import { childrenOf, isFunction } from "./syntax.js";

const JOINS_TEXTS = new Set(["~lib/string/String.__concat", "~lib/string/String#concat"]);
const LOOPS = new Set([NodeKind.For, NodeKind.ForOf, NodeKind.While, NodeKind.Do]);

/** For each program what reports the nodes that add to something in a loop. @type {WeakMap<object, Map<object, () => void>>} */
const programs = new WeakMap();

/**
 * Watches the loops of `sources` while `program` is compiled.
 *
 * @param {object} program the compiler's
 * @param {object[]} sources
 * @param {(node: object, name: string) => void} report told, once, of each expression that makes a text longer in a loop
 */
export function watchLoops(program, sources, report) {
  const additions = new Map();
  for (const source of sources) collect(source, [], (node, name) => additions.set(node, () => report(node, name)));
  programs.set(program, additions);
}

const makeCallDirect = Compiler.prototype.makeCallDirect;

Compiler.prototype.makeCallDirect = function (instance, operands, node, ...rest) {
  const additions = programs.get(this.program);
  const report = additions?.get(node);
  if (report && (JOINS_TEXTS.has(instance.internalName) || isTemplate(node))) {
    additions.delete(node); // a generic function is compiled for each of its types
    report();
  }
  return makeCallDirect.call(this, instance, operands, node, ...rest);
};

/**
 * @param {object} node
 * @param {Set<string>[]} loops the names that the body of each loop around the node declares, the innermost last
 * @param {(node: object, name: string) => void} found
 */
function collect(node, loops, found) {
  let around = loops;
  if (isFunction(node)) around = [];
  else if (LOOPS.has(node.kind)) around = [...loops, new Set()];
  else if (node.kind === NodeKind.VariableDeclaration) loops.at(-1)?.add(node.name.text);
  else if (loops.length > 0 && node.kind === NodeKind.Binary) {
    const root = rootOf(node.left);
    const joining = root === null || loops.at(-1).has(root) ? null : joiningIn(node);
    if (joining !== null) found(joining, textOf(node.left));
  }
  // What the head of a `for` declares is there once, and not in each round.
  if (node.kind === NodeKind.For && node.initializer) {
    collect(node.initializer, loops, found);
    for (const part of [node.condition, node.incrementor, node.body]) if (part) collect(part, around, found);
    return;
  }
  for (const child of childrenOf(node)) collect(child, around, found);
}

/** The node in `all += part`, `all = all + part`, `all = all.concat(part)` or `all = `${all}…`` that joins them; null for anything else. */
function joiningIn(node) {
  if (node.operator === Token.Plus_Equals) return node;
  return node.operator === Token.Equals ? joiningWith(textOf(node.left), node.right) : null;
}

function joiningWith(name, expression) {
  if (expression.kind === NodeKind.Parenthesized) return joiningWith(name, expression.expression);
  if (isTemplate(expression)) {
    // For one value between texts the compiler names that value as what is joined.
    const { expressions } = expression;
    const isPart = expressions.some((each) => textOf(each) === name);
    return !isPart ? null : expressions.length === 1 ? expressions[0] : expression;
  }
  if (expression.kind === NodeKind.Call) {
    const { expression: called } = expression;
    const isJoining = called.kind === NodeKind.PropertyAccess && called.property.text === "concat";
    if (!isJoining) return null;
    return textOf(called.expression) === name ? expression : joiningWith(name, called.expression);
  }
  if (expression.kind !== NodeKind.Binary || expression.operator !== Token.Plus) return null;
  const isPart = textOf(expression.left) === name || textOf(expression.right) === name;
  return isPart ? expression : joiningWith(name, expression.left);
}

function isTemplate({ kind, literalKind }) {
  return kind === NodeKind.Literal && literalKind === LiteralKind.Template;
}

/** The variable that `all` or `this.game.text` begins with; null for what is neither, such as an element of an array. */
function rootOf(expression) {
  if (expression.kind === NodeKind.Identifier) return expression.text;
  if (expression.kind === NodeKind.This) return "this";
  return expression.kind === NodeKind.PropertyAccess ? rootOf(expression.expression) : null;
}

function textOf({ range }) {
  return range.source.text.slice(range.start, range.end);
}
