package org.cloudramp.sandbox.core.gate;

import java.util.Locale;

/**
 * Reads the expressions that initialise globals and place segments. In the accepted subset each is
 * one constant: with functions as the only imports there is no imported global to read, and
 * extended constant expressions are left out because not every engine takes them.
 */
final class ConstantExpression {
  private ConstantExpression() {}

  /** Reads one that gives a value of {@code type}; returns that value if it is an integer. */
  static long read(Cursor cursor, WasmType type, IndexSpaces spaces) {
    int opcode = cursor.u8();
    long value = 0;
    WasmType given =
        switch (opcode) {
          case Opcode.I32_CONST -> {
            value = cursor.signed(32);
            yield WasmType.I32;
          }
          case Opcode.I64_CONST -> {
            value = cursor.signed(64);
            yield WasmType.I64;
          }
          case Opcode.F32_CONST -> {
            cursor.skip(Float.BYTES);
            yield WasmType.F32;
          }
          case Opcode.F64_CONST -> {
            cursor.skip(Double.BYTES);
            yield WasmType.F64;
          }
          case Opcode.REF_NULL -> WasmType.readReference(cursor);
          case Opcode.REF_FUNC -> {
            cursor.index("function", spaces.functions.size());
            yield WasmType.FUNCREF;
          }
          default ->
              throw cursor.malformed(
                  String.format(
                      Locale.ROOT,
                      "opcode 0x%02x is not accepted in a constant expression, only a constant is",
                      opcode));
        };
    if (given != type) {
      throw cursor.malformed("a constant of type " + given + " where " + type + " is wanted");
    }
    if (cursor.u8() != Opcode.END) {
      throw cursor.malformed("a constant expression of more than one constant is not accepted");
    }
    return value;
  }
}
