package org.cloudramp.sandbox.core.gate;

import java.util.Arrays;

/**
 * How many operands are on the stack, and which labels are open, while a body is read.
 *
 * <p>Knows numbers of operands and not their types: enough to say what a branch has to move, not
 * enough to say that a body is valid. Where there are fewer operands than an instruction takes, the
 * code is either unreachable or will be refused by the engine; it takes what is there.
 */
final class OperandStack {
  private int operands;

  // The labels that are open, the function's own first.
  private int depth;
  private int[] openedBy = new int[64];
  private int[] base = new int[64];
  private int[] parameters = new int[64];
  private int[] results = new int[64];

  /** Starts a function: no operands, and its own label. */
  void begin(int resultCount) {
    operands = 0;
    depth = 0;
    open(Opcode.CALL, 0, resultCount);
  }

  /** How many labels are open. */
  int depth() {
    return depth;
  }

  /** How many operands there are. */
  int operands() {
    return operands;
  }

  /** How many operands have been pushed since {@code label} was opened, and what it took. */
  int operandsSince(int label) {
    return operands - base[depth - 1 - label];
  }

  /** What opened the innermost label. */
  int innermost() {
    return openedBy[depth - 1];
  }

  /** An instruction takes operands off the stack and then gives some. */
  void replace(int taken, int given) {
    operands = Math.max(base[depth - 1], operands - taken) + given;
  }

  /** A block begins, which takes its parameters as its first operands. */
  void open(int opcode, int parameterCount, int resultCount) {
    if (depth > 0) {
      replace(parameterCount, 0);
    }
    if (depth == base.length) {
      int larger = 2 * depth;
      openedBy = Arrays.copyOf(openedBy, larger);
      base = Arrays.copyOf(base, larger);
      parameters = Arrays.copyOf(parameters, larger);
      results = Arrays.copyOf(results, larger);
    }
    openedBy[depth] = opcode;
    base[depth] = operands;
    parameters[depth] = parameterCount;
    results[depth] = resultCount;
    depth++;
    operands += parameterCount;
  }

  /** The other branch of an {@code if} begins. */
  void otherwise() {
    openedBy[depth - 1] = Opcode.ELSE;
    operands = base[depth - 1] + parameters[depth - 1];
  }

  /** The innermost block ends, and gives its results. */
  void close() {
    depth--;
    operands = base[depth] + results[depth];
  }

  /** What follows cannot be reached. */
  void leave() {
    operands = base[depth - 1];
  }
}
