package org.cloudramp.sandbox.core.gate;

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
  private final IndexSpaces spaces;
  private final GateLimits limits;
  private final Location location;
  private final BulkOperations bulkOperations;
  private final int maxNesting;
  private final CompileCost cost;
  private final OperandStack stack = new OperandStack();
  private int locals;

  FunctionBodyReader(
      IndexSpaces spaces, GateLimits limits, Location location, BulkOperations bulkOperations) {
    this.spaces = spaces;
    this.limits = limits;
    this.location = location;
    this.bulkOperations = bulkOperations;
    maxNesting = limits.of(Limit.NESTING);
    cost = new CompileCost(limits, location);
  }

  /** Reads one body. */
  void read(Cursor body, FunctionType type) {
    locals = locals(body, type.parameters().size());
    cost.function(locals);
    stack.begin(type.results().size());
    while (stack.depth() > 0) {
      cost.instructions(1);
      instruction(body, body.u8());
    }
    if (!body.atEnd()) {
      throw body.malformed("the body goes on for " + body.remaining() + " bytes after its end");
    }
    cost.enforce();
  }

  private int locals(Cursor body, int parameters) {
    long locals = parameters;
    int groups = body.count("groups of locals");
    for (int i = 0; i < groups; i++) {
      locals += body.u32();
      limits.enforce(Limit.LOCALS, locals, location);
      WasmType.read(body);
    }
    return (int) locals;
  }

  private void instruction(Cursor body, int opcode) {
    switch (opcode) {
      case Opcode.UNREACHABLE -> stack.leave();
      case Opcode.NOP -> {}
      case Opcode.BLOCK -> block(body, opcode);
      case Opcode.LOOP -> {
        cost.loop();
        block(body, opcode);
      }
      case Opcode.IF -> {
        cost.hiddenBranch();
        stack.replace(1, 0);
        block(body, opcode);
      }
      case Opcode.ELSE -> otherwise(body);
      case Opcode.END -> stack.close();
      case Opcode.BR -> {
        branch(body);
        stack.leave();
      }
      case Opcode.BR_IF -> {
        stack.replace(1, 0);
        branch(body);
      }
      case Opcode.BR_TABLE -> branchTable(body);
      case Opcode.RETURN -> {
        cost.moved(stack.operands());
        stack.leave();
      }
      case Opcode.CALL -> call(spaces.functions.get(function(body)));
      case Opcode.CALL_INDIRECT -> {
        FunctionType type = type(body);
        table(body);
        cost.hiddenBranch();
        stack.replace(1, 0);
        call(type);
      }
      case Opcode.DROP -> stack.replace(1, 0);
      case Opcode.SELECT -> select();
      case Opcode.SELECT_TYPED -> typedSelect(body);
      case Opcode.LOCAL_GET -> {
        local(body);
        stack.replace(0, 1);
      }
      case Opcode.LOCAL_SET -> {
        local(body);
        stack.replace(1, 0);
      }
      case Opcode.LOCAL_TEE -> local(body);
      case Opcode.GLOBAL_GET -> {
        global(body);
        stack.replace(0, 1);
      }
      case Opcode.GLOBAL_SET -> {
        setGlobal(body);
        stack.replace(1, 0);
      }
      case Opcode.TABLE_GET -> table(body);
      case Opcode.MEMORY_SIZE -> {
        memory(body);
        stack.replace(0, 1);
      }
      case Opcode.MEMORY_GROW -> memory(body);
      case Opcode.I32_CONST -> {
        body.signed(32);
        stack.replace(0, 1);
      }
      case Opcode.I64_CONST -> {
        body.signed(64);
        stack.replace(0, 1);
      }
      case Opcode.F32_CONST -> {
        body.skip(Float.BYTES);
        stack.replace(0, 1);
      }
      case Opcode.F64_CONST -> {
        body.skip(Double.BYTES);
        stack.replace(0, 1);
      }
      case Opcode.REF_NULL -> {
        WasmType.readReference(body);
        stack.replace(0, 1);
      }
      case Opcode.REF_IS_NULL -> stack.replace(1, 1);
      case Opcode.REF_FUNC -> {
        function(body);
        stack.replace(0, 1);
      }
      case Opcode.MISCELLANEOUS -> miscellaneous(body);
      default -> regular(body, opcode);
    }
  }

  /** Opcodes that come in ranges. */
  private void regular(Cursor body, int opcode) {
    if (opcode >= Opcode.FIRST_LOAD && opcode < Opcode.FIRST_STORE) {
      loadOrStore(body, opcode);
      stack.replace(1, 1);
    } else if (opcode >= Opcode.FIRST_STORE && opcode <= Opcode.LAST_STORE) {
      loadOrStore(body, opcode);
      stack.replace(2, 0);
    } else if (opcode >= Opcode.FIRST_NUMERIC && opcode <= Opcode.LAST_NUMERIC) {
      stack.replace(Opcode.numericOperands(opcode), 1);
    } else {
      throw body.malformed(
          String.format(Locale.ROOT, "opcode 0x%02x: %s", opcode, Opcode.reasonToRefuse(opcode)));
    }
  }

  private void block(Cursor body, int opcode) {
    // An index of a type is a positive number; all else is a single byte, negative as a number.
    int start = body.position();
    long code = body.signed(33);
    boolean singleByte = body.position() == start + 1;
    if (code >= 0) {
      FunctionType type = blockType(body, code);
      open(opcode, type.parameters().size(), type.results().size());
    } else if (singleByte && code + 0x80 == Opcode.EMPTY_BLOCK_TYPE) {
      open(opcode, 0, 0);
    } else if (singleByte && WasmType.withCode((int) code + 0x80) != null) {
      open(opcode, 0, 1);
    } else {
      throw body.malformed("the type of the block is not accepted");
    }
  }

  private FunctionType blockType(Cursor body, long index) {
    if (index >= spaces.types.size()) {
      throw body.malformed(
          String.format(
              Locale.ROOT, "type %,d is out of range, there are %,d", index, spaces.types.size()));
    }
    return spaces.types.get((int) index);
  }

  private void open(int opcode, int parameters, int results) {
    // The function's own label is no block inside another.
    if (stack.depth() > maxNesting) {
      limits.enforce(Limit.NESTING, stack.depth(), location);
    }
    cost.label(locals, stack.operands());
    cost.moved(parameters + results);
    stack.open(opcode, parameters, results);
  }

  private void otherwise(Cursor body) {
    if (stack.innermost() != Opcode.IF) {
      throw body.malformed("an else that belongs to no if");
    }
    cost.label(locals, stack.operands());
    stack.otherwise();
  }

  private void branch(Cursor body) {
    int label = body.index("label", stack.depth());
    cost.label(locals, stack.operands());
    cost.branch(label, stack.operandsSince(label));
  }

  private void branchTable(Cursor body) {
    int labels = body.count("labels");
    limits.enforce(Limit.BRANCH_TABLE_LABELS, labels, location);
    cost.instructions(labels);
    stack.replace(1, 0);
    for (int i = 0; i <= labels; i++) { // one more: the default
      branch(body);
    }
    stack.leave();
  }

  private void call(FunctionType type) {
    int parameters = type.parameters().size();
    int results = type.results().size();
    cost.moved(parameters + results);
    stack.replace(parameters, results);
  }

  private void select() {
    cost.label(locals, stack.operands()); // a branch, for an engine
    stack.replace(3, 1);
  }

  private void typedSelect(Cursor body) {
    int types = body.count("types");
    if (types != 1) {
      throw body.malformed("a select of " + types + " types");
    }
    WasmType.read(body);
    select();
  }

  private void setGlobal(Cursor body) {
    int global = global(body);
    if (!spaces.globals.get(global).mutable()) {
      throw body.malformed("global " + global + " is immutable");
    }
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
    int start = body.position() - 1;
    long opcode = body.u32();
    if (opcode <= Opcode.LAST_SATURATING_CONVERSION) {
      stack.replace(1, 1);
      return;
    }
    switch ((int) Math.min(opcode, Integer.MAX_VALUE)) {
      case Opcode.MEMORY_INIT -> {
        body.index("data segment", spaces.dataSegments);
        memory(body);
        bulkOperation(start);
      }
      case Opcode.MEMORY_COPY -> {
        memory(body);
        memory(body);
        bulkOperation(start);
      }
      case Opcode.MEMORY_FILL -> {
        memory(body);
        bulkOperation(start);
      }
      case Opcode.TABLE_SIZE -> {
        table(body);
        stack.replace(0, 1);
      }
      default ->
          throw body.malformed(
              String.format(
                  Locale.ROOT,
                  "opcode 0xfc %,d: %s",
                  opcode,
                  Opcode.reasonToRefuseMiscellaneous(opcode)));
    }
  }

  private void bulkOperation(int start) {
    bulkOperations.add(start);
    cost.instructions(1); // the call in front of it
    stack.replace(3, 0);
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

  private void local(Cursor body) {
    body.index("local", locals);
  }
}
