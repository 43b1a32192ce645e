package org.cloudramp.sandbox.core.gate;

import org.cloudramp.sandbox.core.gate.GateLimits.Limit;

/**
 * Adds up what the functions of a module will cost an engine beyond their size. Each sum is of
 * something that engines do once for each value, label or type, and that bytes do not bound.
 */
final class CompileCost {
  /** So that a block in a function without locals is not free. */
  private static final int VALUES_OF_EVERY_FUNCTION = 16;

  /** As measured: a compiler that takes a time for each pair of branches takes more for loops. */
  private static final int BRANCHES_OF_A_LOOP = 16;

  private final GateLimits limits;
  private final Location location;
  private final int maxInstructions;

  private long instructions;
  private long branchDepths;
  private long locals;
  private long liveValues;
  private long movedValues;
  private long liveValuesOfFunction;
  private long loopsOfFunction;
  private long branchesOfFunction;
  private long pairsOfBranches;

  CompileCost(GateLimits limits, Location location) {
    this.limits = limits;
    this.location = location;
    maxInstructions = limits.of(Limit.INSTRUCTIONS);
  }

  void instructions(int count) {
    instructions += count;
    if (instructions > maxInstructions) {
      limits.enforce(Limit.INSTRUCTIONS, instructions, location);
    }
  }

  void function(int localCount) {
    locals += localCount;
    liveValuesOfFunction = 0;
    loopsOfFunction = 0;
    branchesOfFunction = 0;
    label(localCount, 0);
  }

  /** A place where control joins or leaves, with what is alive there. */
  void label(int localCount, int operandCount) {
    liveValuesOfFunction += (long) localCount + operandCount + VALUES_OF_EVERY_FUNCTION;
  }

  void branch(int depth, int moved) {
    branchesOfFunction++;
    branchDepths += depth;
    movedValues += moved;
  }

  /** Where engines make a branch of their own: at an {@code if}, or for a table's entry. */
  void hiddenBranch() {
    branchesOfFunction++;
  }

  void loop() {
    loopsOfFunction++;
    branchesOfFunction += BRANCHES_OF_A_LOOP;
  }

  void moved(int values) {
    movedValues += values;
  }

  /** Called after each function, which can add only as much as its size allows. */
  void enforce() {
    liveValues += liveValuesOfFunction;
    pairsOfBranches += branchesOfFunction * branchesOfFunction;
    limits.enforce(Limit.LIVE_VALUES_OF_FUNCTION, liveValuesOfFunction, location);
    limits.enforce(Limit.LOOPS_OF_FUNCTION, loopsOfFunction, location);
    limits.enforce(Limit.BRANCH_DEPTHS, branchDepths, location);
    limits.enforce(Limit.ALL_LOCALS, locals, location);
    limits.enforce(Limit.LIVE_VALUES, liveValues, location);
    limits.enforce(Limit.MOVED_VALUES, movedValues, location);
    limits.enforce(Limit.PAIRS_OF_BRANCHES, pairsOfBranches, location);
  }
}
