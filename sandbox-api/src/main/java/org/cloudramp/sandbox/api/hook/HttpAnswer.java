package org.cloudramp.sandbox.api.hook;

import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * What a room answers to a {@link HookCall.Request}.
 *
 * @param status from 200 to 599
 * @param headers in order; up to 100, of 16 KiB together
 * @param body may be empty
 */
@Experimental
public record HttpAnswer(int status, List<HttpHeader> headers, Bytes body) {
  /** What is answered where the room has let a request happen and said nothing: 204. */
  public static final HttpAnswer NOTHING = new HttpAnswer(204, List.of(), Bytes.empty());

  private static final int MIN_STATUS = 200;
  private static final int MAX_STATUS = 599;
  private static final int MAX_HEADERS = 100;
  private static final int MAX_HEADER_BYTES = 16 << 10;

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if the status is out of range, or there are too many headers
   */
  public HttpAnswer {
    headers = List.copyOf(headers);
    if (status < MIN_STATUS || status > MAX_STATUS) {
      throw new IllegalArgumentException(
          "status %d is not from %d to %d".formatted(status, MIN_STATUS, MAX_STATUS));
    }
    requireFew(headers);
  }

  static void requireFew(List<HttpHeader> headers) {
    int bytes = headers.stream().mapToInt(HttpHeader::size).sum();
    if (headers.size() > MAX_HEADERS || bytes > MAX_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "%d headers of %d bytes; %d of %d bytes together are allowed"
              .formatted(headers.size(), bytes, MAX_HEADERS, MAX_HEADER_BYTES));
    }
  }
}
