package org.cloudramp.sandbox.core.abi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.function.ValueType;

/** How each {@link ValueType} is laid out in requests and responses. */
public final class ValueCodec {
  private ValueCodec() {}

  /**
   * Reads one argument.
   *
   * @throws org.cloudramp.sandbox.api.error.HostFunctionException of code limit if it is a list
   *     that is too long
   */
  public static Object read(ValueType<?> type, WireReader reader) {
    return switch (type.layout()) {
      case STRING -> reader.string();
      case BYTES -> reader.bytes();
      case BOOL -> reader.u8() != 0;
      case I32 -> reader.i32();
      case I64 -> reader.i64();
      case F64 -> reader.f64();
      case DATA -> reader.data();
      case LIST_OF_STRING -> reader.strings();
      case LIST_OF_LIST_OF_STRING -> reader.stringLists();
      case OPTIONAL_BYTES -> optionalBytes(reader);
      case LIST_OF_OPTIONAL_BYTES -> optionalBytesList(reader);
    };
  }

  /**
   * Writes one result.
   *
   * @throws ClassCastException if the value is not of the type
   */
  public static void write(
      ValueType<?> type, @org.jspecify.annotations.Nullable Object value, WireWriter writer) {
    switch (type.layout()) {
      case STRING -> writer.string(ValueType.STRING.cast(value));
      case BYTES -> writer.bytes(ValueType.BYTES.cast(value));
      case BOOL -> writer.u8(ValueType.BOOL.cast(value) ? 1 : 0);
      case I32 -> writer.i32(ValueType.I32.cast(value));
      case I64 -> writer.i64(ValueType.I64.cast(value));
      case F64 -> writer.f64(ValueType.F64.cast(value));
      case DATA -> writer.data(ValueType.DATA.cast(value));
      case LIST_OF_STRING -> writer.strings(ValueType.LIST_OF_STRING.cast(value));
      case LIST_OF_LIST_OF_STRING ->
          writer.stringLists(ValueType.LIST_OF_LIST_OF_STRING.cast(value));
      case OPTIONAL_BYTES -> writer.optionalBytes(ValueType.OPTIONAL_BYTES.cast(value));
      case LIST_OF_OPTIONAL_BYTES ->
          writer.optionalBytesList(ValueType.LIST_OF_OPTIONAL_BYTES.cast(value));
    }
  }

  private static Optional<Bytes> optionalBytes(WireReader reader) {
    return reader.u8() == 0 ? Optional.empty() : Optional.of(reader.bytes());
  }

  private static List<Optional<Bytes>> optionalBytesList(WireReader reader) {
    int count =
        WireReader.within(
            WireReader.MAX_ITEMS, Math.max(0, Math.min(reader.i32(), reader.remaining())));
    List<Optional<Bytes>> items = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      items.add(optionalBytes(reader));
    }
    return items;
  }
}
