package org.cloudramp.sandbox.core.gate;

import java.util.Locale;
import java.util.Optional;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.jspecify.annotations.Nullable;

/** The types that a value can have in the accepted subset. */
enum WasmType {
  I32(0x7f, NumberType.I32),
  I64(0x7e, NumberType.I64),
  F32(0x7d, NumberType.F32),
  F64(0x7c, NumberType.F64),
  FUNCREF(0x70, null),
  EXTERNREF(0x6f, null);

  private static final int V128 = 0x7b;

  private final int code;
  private final @Nullable NumberType number;

  WasmType(int code, @Nullable NumberType number) {
    this.code = code;
    this.number = number;
  }

  int code() {
    return code;
  }

  boolean isReference() {
    return number == null;
  }

  /** What it is at the boundary to the host, which only numbers cross. */
  Optional<NumberType> number() {
    return Optional.ofNullable(number);
  }

  static WasmType read(Cursor cursor) {
    int code = cursor.u8();
    WasmType type = withCode(code);
    if (type == null) {
      String reason = code == V128 ? "SIMD is not accepted" : "is not an accepted type";
      throw cursor.malformed(String.format(Locale.ROOT, "value type 0x%02x: %s", code, reason));
    }
    return type;
  }

  static WasmType readReference(Cursor cursor) {
    WasmType type = read(cursor);
    if (!type.isReference()) {
      throw cursor.malformed(type + " is not a reference type");
    }
    return type;
  }

  static @Nullable WasmType withCode(int code) {
    for (WasmType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }

  /** As in the text format. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
