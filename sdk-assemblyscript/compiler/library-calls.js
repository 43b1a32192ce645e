/**
 * Looks at calls of the library that need another answer than the compiler's own. Its version is fixed in package.json, so
 * wrapping the one method that all direct calls go through is safe.
 */
import {
  BinaryOp, Compiler, DiagnosticCategory, DiagnosticCode, DiagnosticMessage, ExpressionId, getConstValueI32, getExpressionId,
} from "assemblyscript";

const CONNECTION = "~lib/@cloudramp/room/assembly/connection/Connection";
/** With null on one side these ask for null, from which the compiler learns what is not null. */
const NULL_TESTS = new Map([[`${CONNECTION}.equals`, BinaryOp.EqI32], [`${CONNECTION}.differs`, BinaryOp.NeI32]]);

/** What compiles and then ends the hook, whatever it is given. */
const REFUSED = new Map([
  ["~lib/regexp/RegExp#constructor", "There are no regular expressions. Use indexOf, includes, startsWith, split or charCodeAt."],
]);

const makeCallDirect = Compiler.prototype.makeCallDirect;

Compiler.prototype.makeCallDirect = function (instance, operands, node, ...rest) {
  const refusal = REFUSED.get(instance.internalName);
  if (refusal) {
    const message = DiagnosticMessage.create(DiagnosticCode.User_defined_0, DiagnosticCategory.Error);
    message.message = refusal;
    message.range = node.range;
    this.program.diagnostics.push(message);
  }
  const test = NULL_TESTS.get(instance.internalName);
  if (test !== undefined) {
    const other = isNull(operands[1]) ? operands[0] : isNull(operands[0]) ? operands[1] : null;
    if (other !== null) {
      this.currentType = instance.signature.returnType;
      return this.module.binary(test, other, this.module.i32(0));
    }
  }
  return makeCallDirect.call(this, instance, operands, node, ...rest);
};

function isNull(expression) {
  return getExpressionId(expression) === ExpressionId.Const && getConstValueI32(expression) === 0;
}
