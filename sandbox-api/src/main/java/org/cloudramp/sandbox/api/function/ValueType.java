package org.cloudramp.sandbox.api.function;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.jspecify.annotations.Nullable;

/**
 * The type of a parameter or a result of a host function: a Java class on one side, a layout of the
 * guest ABI on the other.
 *
 * @param <T> what Java code sees
 */
public final class ValueType<T> {
  /** Which layout; the codec of the guest ABI knows how each is written. */
  public enum Layout {
    STRING,
    BYTES,
    BOOL,
    I32,
    I64,
    F64,
    DATA,
    LIST_OF_STRING,
    LIST_OF_LIST_OF_STRING,
    OPTIONAL_BYTES,
    LIST_OF_OPTIONAL_BYTES
  }

  /** A text, UTF-8 on the wire. */
  public static final ValueType<String> STRING = new ValueType<>(Layout.STRING, String.class);

  /** Bytes. */
  public static final ValueType<Bytes> BYTES = new ValueType<>(Layout.BYTES, Bytes.class);

  /** True or false. */
  public static final ValueType<Boolean> BOOL = new ValueType<>(Layout.BOOL, Boolean.class);

  /** A signed whole number of 32 bits. */
  public static final ValueType<Integer> I32 = new ValueType<>(Layout.I32, Integer.class);

  /** A signed whole number of 64 bits. */
  public static final ValueType<Long> I64 = new ValueType<>(Layout.I64, Long.class);

  /** A floating-point number of 64 bits. */
  public static final ValueType<Double> F64 = new ValueType<>(Layout.F64, Double.class);

  /** A message's content: text or binary. */
  public static final ValueType<Payload> DATA = new ValueType<>(Layout.DATA, Payload.class);

  /** Some texts. */
  public static final ValueType<List<String>> LIST_OF_STRING =
      new ValueType<>(Layout.LIST_OF_STRING, List.class);

  /** Some lists of texts, such as the lines of a table. They need not have the same length. */
  public static final ValueType<List<List<String>>> LIST_OF_LIST_OF_STRING =
      new ValueType<>(Layout.LIST_OF_LIST_OF_STRING, List.class);

  /** Bytes, or nothing. */
  public static final ValueType<Optional<Bytes>> OPTIONAL_BYTES =
      new ValueType<>(Layout.OPTIONAL_BYTES, Optional.class);

  /** For each of several questions, bytes or nothing. */
  public static final ValueType<List<Optional<Bytes>>> LIST_OF_OPTIONAL_BYTES =
      new ValueType<>(Layout.LIST_OF_OPTIONAL_BYTES, List.class);

  private static final Pattern NAME = Pattern.compile("[a-z][a-zA-Z0-9]{0,31}");

  private final Layout layout;
  private final Class<?> javaClass;
  private final @Nullable String name;

  private ValueType(Layout layout, Class<?> javaClass) {
    this(layout, javaClass, null);
  }

  private ValueType(Layout layout, Class<?> javaClass, @Nullable String name) {
    this.layout = layout;
    this.javaClass = javaClass;
    this.name = name;
  }

  /**
   * The same type, for a parameter that is to have a name in the functions that {@code npx room
   * bindings} writes. It changes nothing on the wire.
   *
   * @param parameter {@code [a-z][a-zA-Z0-9]{0,31}}
   */
  public ValueType<T> named(String parameter) {
    if (!NAME.matcher(parameter).matches()) {
      throw new IllegalArgumentException(
          "a parameter's name must match %s: '%s'".formatted(NAME.pattern(), parameter));
    }
    return new ValueType<>(layout, javaClass, parameter);
  }

  /** What the parameter of this type is called, if it was {@link #named}. */
  public Optional<String> name() {
    return Optional.ofNullable(name);
  }

  /** How it is written. */
  public Layout layout() {
    return layout;
  }

  /**
   * The value with its static type.
   *
   * @throws ClassCastException if it is null or of another class
   */
  @SuppressWarnings("unchecked") // the constants above pair each T with its class
  public T cast(@Nullable Object value) {
    if (!javaClass.isInstance(value)) {
      throw new ClassCastException(
          "%s is a %s, not a %s"
              .formatted(
                  layout,
                  javaClass.getSimpleName(),
                  value == null ? "null" : value.getClass().getName()));
    }
    return (T) value;
  }

  @Override
  public String toString() {
    return name == null ? layout.toString() : layout + " " + name;
  }
}
