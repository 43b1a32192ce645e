package org.cloudramp.sandbox.server.http;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The path of a route, such as {@code /api/services/{service}/rooms/{room}}. A parameter is one
 * whole segment.
 *
 * @param text with its parameters in braces
 */
record PathTemplate(String text) {
  /**
   * What a path has in the place of the parameters, as it is there; empty if it is another path.
   *
   * @param path decoded once, where that does not change what its segments are
   */
  Optional<Map<String, String>> match(String path) {
    List<String> names = segments(text);
    List<String> values = segments(path);
    if (names.size() != values.size()) {
      return Optional.empty();
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      String name = names.get(i);
      if (name.startsWith("{")) {
        parameters.put(name.substring(1, name.length() - 1), values.get(i));
      } else if (!name.equals(values.get(i))) {
        return Optional.empty();
      }
    }
    return Optional.of(parameters);
  }

  private static List<String> segments(String path) {
    return List.of(path.split("/", -1));
  }
}
