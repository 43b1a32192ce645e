package org.cloudramp.sandbox.core.gate;

import java.util.Arrays;
import java.util.Locale;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.cloudramp.sandbox.core.gate.IndexSpaces.FunctionType;

/**
 * Reads the bodies of a module's functions: every instruction with its immediates, that every index
 * is in range and that blocks are balanced. Adds up what the bodies will cost an engine.
 *
 * <p>This is the gate's hot loop: it allocates nothing for an instruction.
 */
final class FunctionBodyReader {
  /** So that a block in a function without locals is not free. */
  private static final int LOCALS_OF_EVERY_FUNCTION = 16;

  private final IndexSpaces spaces;
  private final GateLimits limits;
  private final Location location;
  private final int mostInstructions;

  // The labels that are open, the function's own first.
  private int depth;
  private int[] openedBy = new int[64];
  private int[] arity = new int[64];

  // Of the function that is being read.
  private int locals;
  private int blocks;

  // Of all functions so far.
  private long instructions;
  private long branchDepths;
  private long localsTimesBlocks;
  private long valuesMoved;

  FunctionBodyReader(IndexSpaces spaces, GateLimits limits, Location location) {
    this.spaces = spaces;
    this.limits = limits;
    this.location = location;
    mostInstructions = limits.of(Limit.INSTRUCTIONS);
  }

  /** Reads one body. */
  void read(Cursor body, FunctionType type) {
    locals = locals(body, type.parameters().size());
    blocks = 0;
    depth = 0;
    open(Opcode.CALL, type.results().size());
    while (depth > 0) {
      countInstructions(1);
      instruction(body, body.u8());
    }
    if (!body.atEnd()) {
      throw body.malformed("the body goes on for " + body.remaining() + " bytes after its end");
    }
    localsTimesBlocks += (long) (locals + LOCALS_OF_EVERY_FUNCTION) * blocks;
    limits.enforce(Limit.BRANCH_DEPTH_SUM, branchDepths, location);
    limits.enforce(Limit.LOCALS_TIMES_BLOCKS, localsTimesBlocks, location);
    limits.enforce(Limit.VALUES_MOVED, valuesMoved, location);
  }

  private int locals(Cursor body, int parameters) {
    long locals = parameters;
    int groups = body.count("groups of locals");
    for (int i = 0; i < groups; i++) {
      locals += body.u32();
      limits.enforce(Limit.LOCALS, locals, location);
      ValueType.read(body);
    }
    return (int) locals;
  }

  private void countInstructions(int more) {
    instructions += more;
    if (instructions > mostInstructions) {
      limits.enforce(Limit.INSTRUCTIONS, instructions, location);
    }
  }

  private void instruction(Cursor body, int opcode) {
    switch (opcode) {
      case Opcode.UNREACHABLE, Opcode.NOP, Opcode.DROP, Opcode.SELECT, Opcode.REF_IS_NULL -> {}
      case Opcode.RETURN -> valuesMoved += arity[0];
      case Opcode.BLOCK, Opcode.LOOP, Opcode.IF -> block(body, opcode);
      case Opcode.ELSE -> otherwise(body);
      case Opcode.END -> depth--;
      case Opcode.BR, Opcode.BR_IF -> branch(body);
      case Opcode.BR_TABLE -> branchTable(body);
      case Opcode.CALL -> call(spaces.functions.get(function(body)));
      case Opcode.CALL_INDIRECT -> {
        FunctionType type = type(body);
        table(body);
        call(type);
      }
      case Opcode.SELECT_TYPED -> typedSelect(body);
      case Opcode.LOCAL_GET, Opcode.LOCAL_SET, Opcode.LOCAL_TEE -> body.index("local", locals);
      case Opcode.GLOBAL_GET -> global(body);
      case Opcode.GLOBAL_SET -> {
        int global = global(body);
        if (!spaces.globals.get(global).mutable()) {
          throw body.malformed("global " + global + " is immutable");
        }
      }
      case Opcode.TABLE_GET -> table(body);
      case Opcode.MEMORY_SIZE, Opcode.MEMORY_GROW -> memory(body);
      case Opcode.I32_CONST -> body.signed(32);
      case Opcode.I64_CONST -> body.signed(64);
      case Opcode.F32_CONST -> body.skip(Float.BYTES);
      case Opcode.F64_CONST -> body.skip(Double.BYTES);
      case Opcode.REF_NULL -> ValueType.readReference(body);
      case Opcode.REF_FUNC -> function(body);
      case Opcode.MISCELLANEOUS -> miscellaneous(body);
      default -> {
        if (opcode >= Opcode.FIRST_LOAD && opcode <= Opcode.LAST_STORE) {
          loadOrStore(body, opcode);
        } else if (opcode < Opcode.FIRST_NUMERIC || opcode > Opcode.LAST_NUMERIC) {
          throw body.malformed(
              String.format(
                  Locale.ROOT, "opcode 0x%02x: %s", opcode, Opcode.reasonToRefuse(opcode)));
        }
      }
    }
  }

  private void block(Cursor body, int opcode) {
    // An index of a type is a positive number; all else is a single byte, negative as a number.
    int start = body.position();
    long code = body.signed(33);
    boolean singleByte = body.position() == start + 1;
    if (code >= 0) {
      if (code >= spaces.types.size()) {
        throw body.malformed(
            String.format(
                Locale.ROOT, "type %,d is out of range, there are %,d", code, spaces.types.size()));
      }
      FunctionType type = spaces.types.get((int) code);
      valuesMoved += type.width();
      open(opcode, opcode == Opcode.LOOP ? type.parameters().size() : type.results().size());
    } else if (singleByte && code + 0x80 == Opcode.EMPTY_BLOCK_TYPE) {
      open(opcode, 0);
    } else if (singleByte && ValueType.withCode((int) code + 0x80) != null) {
      valuesMoved++;
      open(opcode, opcode == Opcode.LOOP ? 0 : 1);
    } else {
      throw body.malformed("the type of the block is not accepted");
    }
  }

  private void open(int opcode, int labelArity) {
    // The function's own label is no block inside another.
    limits.enforce(Limit.NESTING, depth, location);
    if (depth == openedBy.length) {
      openedBy = Arrays.copyOf(openedBy, 2 * depth);
      arity = Arrays.copyOf(arity, 2 * depth);
    }
    openedBy[depth] = opcode;
    arity[depth] = labelArity;
    depth++;
    blocks++;
  }

  private void otherwise(Cursor body) {
    if (openedBy[depth - 1] != Opcode.IF) {
      throw body.malformed("an else that belongs to no if");
    }
    openedBy[depth - 1] = Opcode.ELSE;
  }

  private void branch(Cursor body) {
    int label = body.index("label", depth);
    branchDepths += label;
    valuesMoved += arity[depth - 1 - label];
  }

  private void branchTable(Cursor body) {
    int labels = body.count("labels");
    limits.enforce(Limit.BRANCH_TABLE_ENTRIES, labels, location);
    countInstructions(labels);
    for (int i = 0; i <= labels; i++) { // one more: the default
      branch(body);
    }
  }

  private void call(FunctionType type) {
    valuesMoved += type.width();
  }

  private void typedSelect(Cursor body) {
    int types = body.count("types");
    if (types != 1) {
      throw body.malformed("a select of " + types + " types");
    }
    ValueType.read(body);
  }

  private void loadOrStore(Cursor body, int opcode) {
    long alignment = body.u32();
    if (alignment > Opcode.naturalAlignment(opcode)) {
      throw body.malformed("an alignment larger than natural");
    }
    body.u32(); // the offset: any is good, the engine checks the sum when it runs
    needMemory(body);
  }

  private void miscellaneous(Cursor body) {
    long opcode = body.u32();
    if (opcode <= Opcode.LAST_SATURATING_CONVERSION) {
      return;
    }
    switch ((int) Math.min(opcode, Integer.MAX_VALUE)) {
      case Opcode.MEMORY_INIT -> {
        body.index("data segment", spaces.dataSegments);
        memory(body);
      }
      case Opcode.MEMORY_COPY -> {
        memory(body);
        memory(body);
      }
      case Opcode.MEMORY_FILL -> memory(body);
      case Opcode.TABLE_SIZE -> table(body);
      default ->
          throw body.malformed(
              String.format(
                  Locale.ROOT,
                  "opcode 0xfc %,d: %s",
                  opcode,
                  Opcode.reasonToRefuseMiscellaneous(opcode)));
    }
  }

  private void memory(Cursor body) {
    body.zero("the index of the memory");
    needMemory(body);
  }

  private void needMemory(Cursor body) {
    if (spaces.memories.isEmpty()) {
      throw body.malformed("there is no memory");
    }
  }

  private int function(Cursor body) {
    return body.index("function", spaces.functions.size());
  }

  private FunctionType type(Cursor body) {
    return spaces.types.get(body.index("type", spaces.types.size()));
  }

  private void table(Cursor body) {
    body.index("table", spaces.tables.size());
  }

  private int global(Cursor body) {
    return body.index("global", spaces.globals.size());
  }
}
