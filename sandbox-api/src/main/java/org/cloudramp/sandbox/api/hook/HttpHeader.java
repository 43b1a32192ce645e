package org.cloudramp.sandbox.api.hook;

import org.cloudramp.sandbox.api.Experimental;

/**
 * One header of a request to a room or of its answer.
 *
 * @param name of letters, digits and the signs that RFC 9110 allows; compared without regard to
 *     case
 * @param value what can be seen of ASCII, with blanks and tabs between it; no line breaks
 */
@Experimental
public record HttpHeader(String name, String value) {
  private static final int MAX_NAME = 256;
  private static final String SIGNS = "!#$%&'*+-.^_`|~";

  /**
   * @throws IllegalArgumentException if one of them is not what it must be
   */
  public HttpHeader {
    if (name.isEmpty()
        || name.length() > MAX_NAME
        || !name.chars().allMatch(HttpHeader::isOfName)) {
      throw new IllegalArgumentException("a header's name is not what HTTP allows");
    }
    if (!value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c < 0x7F))) {
      throw new IllegalArgumentException(
          "the value of the header '%s' has other characters than those of ASCII that can be seen"
              .formatted(name));
    }
  }

  private static boolean isOfName(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || SIGNS.indexOf(c) >= 0;
  }

  /** What both count of the bytes that all headers may have. */
  int size() {
    return name.length() + value.length();
  }
}
