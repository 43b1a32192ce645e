/** Walks over a program's syntax, for which the compiler has no visitor. */
import { Node, NodeKind } from "assemblyscript";

/**
 * The nodes right below `node`, in the order of its fields.
 *
 * @param {object} node
 * @returns {object[]}
 */
export function childrenOf(node) {
  return Object.values(node).flat().filter((each) => each instanceof Node && each.kind !== NodeKind.Source);
}

/**
 * Visits `node` and all that is below it.
 *
 * @param {object} node
 * @param {(node: object) => boolean | void} visit with false it does not go below that node
 */
export function walk(node, visit) {
  if (visit(node) === false) return;
  for (const child of childrenOf(node)) walk(child, visit);
}

/** Whether a node is a function, a method or an arrow function: what is in it runs when that is called. */
export function isFunction({ kind }) {
  return kind === NodeKind.FunctionDeclaration || kind === NodeKind.MethodDeclaration;
}
