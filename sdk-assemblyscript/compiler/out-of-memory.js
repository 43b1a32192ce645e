/**
 * Lets a room that has used up its memory say so. The library's allocators execute `unreachable` then, which a host cannot
 * tell from any other trap. With an error in its place the host learns the cause, and the line that asked for memory.
 */
import { Node, NodeKind } from "assemblyscript";
import { walk } from "./syntax.js";

/** The function of each allocator that grows memory in a hook. */
const GROWS = new Map([["~lib/rt/stub", "maybeGrowMemory"], ["~lib/rt/tlsf", "growMemory"]]);

const MESSAGE = "out of memory: the room has used up what the host allows it (limits.memoryPages)";

/** @param {object[]} sources of the program, the library's among them */
export function sayWhenMemoryIsShort(sources) {
  for (const source of sources.filter(({ internalPath }) => GROWS.has(internalPath))) {
    const grows = source.statements.find(({ kind, name }) =>
      kind === NodeKind.FunctionDeclaration && name.text === GROWS.get(source.internalPath));
    walk(grows.body, (node) => {
      if (node.kind === NodeKind.If && callsUnreachable(node.ifTrue)) node.ifTrue = failure(node.ifTrue.range);
    });
  }
}

function callsUnreachable({ kind, expression }) {
  return kind === NodeKind.Expression && expression.kind === NodeKind.Call && expression.expression.text === "unreachable";
}

function failure(range) {
  const error = Node.createSimpleTypeName("Error", range);
  const message = Node.createStringLiteralExpression(MESSAGE, range);
  return Node.createThrowStatement(Node.createNewExpression(error, null, [message], range), range);
}
