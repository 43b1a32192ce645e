/**
 * Lets a division of whole numbers by zero say where it is. WebAssembly itself traps there, and no engine tells a host in which
 * line. So before each `/` and `%` of the program whose divisor is not known, code is added that ends the hook as a `throw` does.
 *
 * The compiler has no hook for that, so the methods that divisions go through are wrapped, for the programs named here and
 * no others. That is safe because the compiler's version is fixed in package.json.
 */
import {
  Compiler, ExpressionId, TypeRef, UnaryOp, getConstValueI32, getConstValueI64High, getConstValueI64Low, getExpressionId,
  getExpressionType,
} from "assemblyscript";

const MESSAGE = "Division by zero";

/** The sources whose divisions are looked at, for each program. @type {WeakMap<object, Set<object>>} */
const programs = new WeakMap();

/**
 * Adds the check to the divisions in `sources`, while `program` is compiled.
 *
 * @param {object} program the compiler's
 * @param {object[]} sources those that the programmer has written
 */
export function locateDivisionsByZero(program, sources) {
  programs.set(program, new Set(sources));
}

/** The expression that is compiled; the compiler does not tell `makeDiv` whose division it makes. */
let expression = null;

const { compileBinaryExpression, makeDiv, makeRem } = Compiler.prototype;

Compiler.prototype.compileBinaryExpression = function (node, ...rest) {
  const outer = expression;
  expression = node;
  try {
    return compileBinaryExpression.call(this, node, ...rest);
  } finally {
    expression = outer;
  }
};

Compiler.prototype.makeDiv = function (left, right, type) {
  return makeDiv.call(this, left, checked(this, right, type), type);
};

Compiler.prototype.makeRem = function (left, right, type, ...rest) {
  return makeRem.call(this, left, checked(this, right, type), type, ...rest);
};

/** The divisor, which ends the hook if it is zero. */
function checked(compiler, divisor, type) {
  const isOwn = expression !== null && programs.get(compiler.program)?.has(expression.range.source);
  if (!isOwn || !type.isIntegerValue || isNotZero(divisor)) return divisor;
  const { module, currentType } = compiler;
  const { index } = compiler.currentFlow.getTempLocal(type);
  const read = () => module.local_get(index, type.toRef());
  // Of numbers smaller than 32 bits the others may hold anything.
  const wrapped = compiler.ensureSmallIntegerWrap(divisor, type);
  const isZero = module.unary(type.toRef() === TypeRef.I64 ? UnaryOp.EqzI64 : UnaryOp.EqzI32, read());
  const failure = compiler.makeStaticAbort(compiler.ensureStaticString(MESSAGE), expression);
  compiler.currentType = currentType;
  return module.block(null, [module.local_set(index, wrapped, false), module.if(isZero, failure), read()], type.toRef());
}

function isNotZero(divisor) {
  if (getExpressionId(divisor) !== ExpressionId.Const) return false;
  return getExpressionType(divisor) === TypeRef.I64
    ? getConstValueI64Low(divisor) !== 0 || getConstValueI64High(divisor) !== 0
    : getConstValueI32(divisor) !== 0;
}
