"use strict";
/**
 * Underlines in an editor what TypeScript allows and the build refuses. It is a plugin of TypeScript's language service, which the
 * tsconfig.json of the SDK names; editors that ask no such plugin show what TypeScript itself says, as `tsc` does.
 *
 * What stands here is a beginning, for whoever writes: what counts is the build.
 */

const SOURCE = "@cloudramp/room";
/** Beyond those of TypeScript. */
const CODE = 90_001;

module.exports = ({ typescript: ts }) => ({
  create({ languageService }) {
    const plugin = {};
    for (const name of Object.keys(languageService)) plugin[name] = (...words) => languageService[name](...words);
    plugin.getSemanticDiagnostics = (fileName) => {
      const known = languageService.getSemanticDiagnostics(fileName);
      const program = languageService.getProgram();
      const file = program?.getSourceFile(fileName);
      if (!file || file.isDeclarationFile || program.isSourceFileFromExternalLibrary(file)) return known;
      return [...known, ...refusalsIn(ts, file, program.getTypeChecker())];
    };
    return plugin;
  },
});

/** What the build refuses in a file. */
function refusalsIn(ts, file, checker) {
  const found = [];
  const report = (node, messageText) => {
    const start = node.getStart(file);
    found.push({ file, start, length: node.end - start, messageText, category: ts.DiagnosticCategory.Error, code: CODE, source: SOURCE });
  };
  const visit = (node) => {
    const advice = SYNTAX.find(({ is }) => is(ts, node))?.advice;
    if (advice) report(headOf(ts, node), advice);
    else if (joinsTextAndNumber(ts, node, checker)) {
      report(node, "A number does not become a text by itself. Write `count ${value}`, or 'value.toString()'.");
    } else if (isOfOuterFunction(ts, node, checker)) {
      report(node, "A function inside a function cannot use its variables. Write a loop, or pass what it needs as a parameter.");
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** What AssemblyScript has no word for. @type {{is: (ts: any, node: any) => boolean, advice: string}[]} */
const SYNTAX = [
  {
    is: (ts, node) => ts.isTryStatement(node),
    advice: "Nothing can be caught: an error ends the hook, and nothing it did takes effect. Use the functions that return a Result, " +
      "such as kv.tryGet, and test before you call what may throw.",
  },
  {
    is: (ts, node) => node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node),
    advice: "Hooks do not wait: every function of the SDK answers at once. Write it without 'async' and 'await'.",
  },
  {
    is: (ts, node) => node.kind === ts.SyntaxKind.QuestionDotToken,
    advice: "Write 'if (value) value.call()' instead of 'value?.call()'.",
  },
  {
    is: (ts, node) => node.kind === ts.SyntaxKind.QuestionQuestionToken,
    advice: "Write 'a !== null ? a : b', or 'a || b', instead of 'a ?? b'.",
  },
  {
    is: (ts, node) => ts.isForInStatement(node),
    advice: "Write 'for (let i = 0; i < list.length; i++)', or use a Map and its keys().",
  },
  {
    is: (ts, node) => ts.isObjectBindingPattern(node) || ts.isArrayBindingPattern(node),
    advice: "Take the parts one by one: 'const id = from.id;'.",
  },
  { is: (ts, node) => ts.isSpreadElement(node), advice: "Write 'a.concat(b)', or 'a.slice()' for a copy." },
  {
    is: (ts, node) => ts.isRegularExpressionLiteral(node),
    advice: "There are no regular expressions. Use indexOf, includes, startsWith, split or charCodeAt.",
  },
];

/** The word that a statement begins with; of what is no statement, all of it. */
function headOf(ts, node) {
  return ts.isStatement(node) ? node.getFirstToken() ?? node : node;
}

function joinsTextAndNumber(ts, node, checker) {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  if (kind !== ts.SyntaxKind.PlusToken && kind !== ts.SyntaxKind.PlusEqualsToken) return false;
  const [left, right] = [node.left, node.right].map((side) => checker.getTypeAtLocation(side));
  const isText = (type) => isAll(type, ts.TypeFlags.StringLike);
  const isNumber = (type) => isAll(type, ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike);
  return (isText(left) && isNumber(right)) || (isNumber(left) && isText(right));
}

function isAll(type, flags) {
  return type.isUnion() ? type.types.every((each) => isAll(each, flags)) : (type.flags & flags) !== 0;
}

/** Whether a name, or `this`, is that of a function around the one that it stands in. */
function isOfOuterFunction(ts, node, checker) {
  if (node.kind === ts.SyntaxKind.ThisKeyword) return ts.isArrowFunction(functionAround(ts, node) ?? node);
  if (!ts.isIdentifier(node)) return false;
  const own = functionAround(ts, node);
  if (!own || !functionAround(ts, own)) return false;
  const declaration = checker.getSymbolAtLocation(node)?.valueDeclaration;
  if (!declaration || !(ts.isVariableDeclaration(declaration) || ts.isParameter(declaration))) return false;
  const owner = functionAround(ts, declaration);
  for (let outer = functionAround(ts, own); outer; outer = functionAround(ts, outer)) {
    if (outer === owner) return true;
  }
  return false;
}

function functionAround(ts, node) {
  return ts.findAncestor(node.parent, ts.isFunctionLike);
}
