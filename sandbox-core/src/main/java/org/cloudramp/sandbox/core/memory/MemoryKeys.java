package org.cloudramp.sandbox.core.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * The keys of a room that its memory is kept under. No guest can name one: each begins with half of
 * a surrogate pair, and what a guest says in malformed UTF-8 becomes U+FFFD.
 */
public final class MemoryKeys {
  private static final String PREFIX = "\uD800memory";

  /** Comes after each of them, and before what else begins with such a half. */
  public static final String END = PREFIX + "\uFFFF";

  static final String INDEX = PREFIX;

  private MemoryKeys() {}

  static String ofGranule(int granule) {
    return PREFIX + granule;
  }

  static List<String> indexAnd(Collection<Integer> granules) {
    List<String> keys = new ArrayList<>(1 + granules.size());
    keys.add(INDEX);
    granules.forEach(granule -> keys.add(ofGranule(granule)));
    return keys;
  }

  /** Whether a key is one of these. */
  public static boolean isOne(String key) {
    return key.startsWith(PREFIX);
  }
}
