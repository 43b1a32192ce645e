package org.cloudramp.sandbox.core.gate;

/** The opcodes that the gate knows by name, and the features behind those that it refuses. */
final class Opcode {
  static final int UNREACHABLE = 0x00;
  static final int NOP = 0x01;
  static final int BLOCK = 0x02;
  static final int LOOP = 0x03;
  static final int IF = 0x04;
  static final int ELSE = 0x05;
  static final int END = 0x0b;
  static final int BR = 0x0c;
  static final int BR_IF = 0x0d;
  static final int BR_TABLE = 0x0e;
  static final int RETURN = 0x0f;
  static final int CALL = 0x10;
  static final int CALL_INDIRECT = 0x11;
  static final int DROP = 0x1a;
  static final int SELECT = 0x1b;
  static final int SELECT_TYPED = 0x1c;
  static final int LOCAL_GET = 0x20;
  static final int LOCAL_SET = 0x21;
  static final int LOCAL_TEE = 0x22;
  static final int GLOBAL_GET = 0x23;
  static final int GLOBAL_SET = 0x24;
  static final int TABLE_GET = 0x25;
  static final int TABLE_SET = 0x26;
  static final int FIRST_LOAD = 0x28;
  static final int FIRST_STORE = 0x36;
  static final int LAST_STORE = 0x3e;
  static final int MEMORY_SIZE = 0x3f;
  static final int MEMORY_GROW = 0x40;
  static final int I32_CONST = 0x41;
  static final int I64_CONST = 0x42;
  static final int F32_CONST = 0x43;
  static final int F64_CONST = 0x44;
  static final int FIRST_NUMERIC = 0x45;
  static final int I32_NE = 0x47;
  static final int LAST_NUMERIC = 0xc4;
  static final int REF_NULL = 0xd0;
  static final int REF_IS_NULL = 0xd1;
  static final int REF_FUNC = 0xd2;
  static final int MISCELLANEOUS = 0xfc;

  /** What follows {@link #MISCELLANEOUS}. */
  static final int LAST_SATURATING_CONVERSION = 7;

  static final int MEMORY_INIT = 8;
  static final int DATA_DROP = 9;
  static final int MEMORY_COPY = 10;
  static final int MEMORY_FILL = 11;
  static final int TABLE_INIT = 12;
  static final int ELEM_DROP = 13;
  static final int TABLE_COPY = 14;
  static final int TABLE_GROW = 15;
  static final int TABLE_SIZE = 16;
  static final int TABLE_FILL = 17;

  /** The type of a block that takes and gives nothing. */
  static final int EMPTY_BLOCK_TYPE = 0x40;

  /** For each load and store from the first on, the exponent of its natural alignment. */
  private static final String NATURAL_ALIGNMENTS = "23230011001122232301012";

  /** For each numeric instruction from the first on, how many operands it takes. */
  private static final String NUMERIC_OPERANDS =
      "1" // i32.eqz
          + "2".repeat(10) // comparisons of i32
          + "1" // i64.eqz
          + "2".repeat(22) // comparisons of i64, f32 and f64
          + "1".repeat(3) // i32.clz, ctz, popcnt
          + "2".repeat(15)
          + "1".repeat(3) // i64.clz, ctz, popcnt
          + "2".repeat(15)
          + "1".repeat(7) // f32.abs to f32.sqrt
          + "2".repeat(7)
          + "1".repeat(7) // f64.abs to f64.sqrt
          + "2".repeat(7)
          + "1".repeat(30); // conversions and sign extensions

  private Opcode() {}

  /** How many operands a numeric instruction takes; each gives one. */
  static int numericOperands(int opcode) {
    return NUMERIC_OPERANDS.charAt(opcode - FIRST_NUMERIC) - '0';
  }

  /** The largest alignment that a load or a store may claim, as an exponent of two. */
  static int naturalAlignment(int loadOrStore) {
    return NATURAL_ALIGNMENTS.charAt(loadOrStore - FIRST_LOAD) - '0';
  }

  /** Why an opcode that the gate does not accept is not accepted. */
  static String reasonToRefuse(int opcode) {
    return switch (opcode) {
      case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f -> "exceptions are not accepted";
      case 0x12, 0x13 -> "tail calls are not accepted";
      case 0x14, 0x15, 0xd4, 0xd5, 0xd6 -> "typed function references are not accepted";
      case 0xd3, 0xfb -> "garbage collection is not accepted";
      case 0xfd -> "SIMD is not accepted";
      case 0xfe -> "threads are not accepted";
      case TABLE_SET -> "table.set would outlive a restore of the module's state";
      default -> "is not an instruction";
    };
  }

  /** As {@link #reasonToRefuse}, for what follows {@link #MISCELLANEOUS}. */
  static String reasonToRefuseMiscellaneous(long opcode) {
    String name =
        switch ((int) Math.min(opcode, Integer.MAX_VALUE)) {
          case DATA_DROP -> "data.drop";
          case TABLE_INIT -> "table.init";
          case ELEM_DROP -> "elem.drop";
          case TABLE_COPY -> "table.copy";
          case TABLE_GROW -> "table.grow";
          case TABLE_FILL -> "table.fill";
          default -> "";
        };
    return name.isEmpty()
        ? "is not an instruction"
        : name + " would outlive a restore of the module's state";
  }
}
