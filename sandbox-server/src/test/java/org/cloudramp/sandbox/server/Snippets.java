package org.cloudramp.sandbox.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Code that a page shows, and the code of a test between {@code // word: name} and its end. */
record Snippets(List<String> lines, String word) {
  /** Those of a test's file that are marked with {@code word}. */
  static Snippets between(Path file, String word) throws IOException {
    return new Snippets(Files.readAllLines(file), word);
  }

  /** All blocks of a page that are in {@code language}. */
  static List<List<String>> inPage(Path page, String language) throws IOException {
    List<List<String>> snippets = new ArrayList<>();
    List<String> current = null;
    for (String line : Files.readAllLines(page)) {
      if (line.equals("```" + language)) {
        current = new ArrayList<>();
        snippets.add(current);
      } else if (line.equals("```")) {
        current = null;
      } else if (current != null) {
        current.add(line);
      }
    }
    return snippets;
  }

  /** The lines of one snippet, less the {@code indentation} of the test around it. */
  List<String> named(String name, int indentation) {
    String mark = " ".repeat(indentation) + "// " + word + ": ";
    return lines.stream()
        .dropWhile(line -> !line.equals(mark + name))
        .skip(1)
        .takeWhile(line -> !line.equals(mark + "end"))
        .map(line -> line.isEmpty() ? line : line.substring(indentation))
        .toList();
  }
}
