package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.jspecify.annotations.Nullable;

/**
 * How something begins that a customer's program has said or kept: as a text if it is one, else in
 * Base64. It is a stranger's: it may hold control characters, and is for no terminal as it is.
 *
 * @param bytes how many the whole has
 * @param text the beginning; null if it is no text
 * @param base64 the beginning; null if it is a text
 * @param cut true if there is more of it; null if not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record ContentJson(
    int bytes, @Nullable String text, @Nullable String base64, @Nullable Boolean cut) {
  /** So much of each thing is told. */
  static final int MAX_BYTES = 256;

  /** So many of the items of a list are. */
  private static final int MAX_ITEMS = 16;

  /**
   * Something of which nobody says what it is: a text if it reads as one that people write.
   *
   * @param bytes how many the whole has, of which the beginning is known
   */
  static ContentJson of(Bytes beginning, int bytes) {
    boolean isCut = bytes > MAX_BYTES || bytes > beginning.size();
    return text(told(beginning), isCut)
        .filter(ContentJson::isWritten)
        .map(text -> new ContentJson(bytes, text, null, isCut ? Boolean.TRUE : null))
        .orElseGet(() -> ofBinary(beginning, bytes));
  }

  private static ContentJson of(Payload payload) {
    int bytes = payload.bytes().size();
    boolean isCut = bytes > MAX_BYTES;
    Optional<String> text =
        payload.kind() == Payload.Kind.TEXT ? text(told(payload.bytes()), isCut) : Optional.empty();
    return text.isPresent()
        ? new ContentJson(bytes, text.get(), null, isCut ? Boolean.TRUE : null)
        : ofBinary(payload.bytes(), bytes);
  }

  private static ContentJson ofBinary(Bytes beginning, int bytes) {
    ByteBuffer told = told(beginning);
    byte[] octets = new byte[told.remaining()];
    told.get(octets);
    return new ContentJson(
        bytes,
        null,
        Base64.getEncoder().encodeToString(octets),
        octets.length < bytes ? Boolean.TRUE : null);
  }

  private static ByteBuffer told(Bytes beginning) {
    ByteBuffer told = beginning.asReadOnlyBuffer();
    return told.limit(Math.min(told.limit(), MAX_BYTES));
  }

  /** Numbers and coordinates often are well-formed UTF-8, of characters that nobody types. */
  private static boolean isWritten(String text) {
    return text.chars().noneMatch(c -> Character.isISOControl(c) && "\t\n\r".indexOf(c) < 0);
  }

  /** A text, without the character that was cut through at its end. */
  private static Optional<String> text(ByteBuffer octets, boolean isCut) {
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(octets.remaining());
    CoderResult result = decoder.decode(octets, text, !isCut);
    return result.isError() ? Optional.empty() : Optional.of(text.flip().toString());
  }

  /**
   * An argument of a host function, of any {@link org.cloudramp.sandbox.api.function.ValueType},
   * for the JSON writer: cut, and of a list the first items.
   */
  static @Nullable Object ofArgument(Object argument) {
    if (argument instanceof Payload payload) {
      return of(payload);
    }
    if (argument instanceof Bytes bytes) {
      return of(bytes, bytes.size());
    }
    if (argument instanceof String text) {
      return cut(text);
    }
    if (argument instanceof Optional<?> optional) {
      return optional.isEmpty() ? null : ofArgument(optional.get());
    }
    if (argument instanceof List<?> list) {
      List<@Nullable Object> items = new ArrayList<>();
      for (Object item : list.subList(0, Math.min(list.size(), MAX_ITEMS))) {
        items.add(ofArgument(item));
      }
      if (list.size() > MAX_ITEMS) {
        items.add("… and %d more".formatted(list.size() - MAX_ITEMS));
      }
      return items;
    }
    return argument; // a number, or true or false
  }

  /** A text of a stranger; of a long one the beginning, and a mark. */
  static String cut(String text) {
    return text.length() <= MAX_BYTES ? text : text.substring(0, MAX_BYTES) + "…";
  }
}
