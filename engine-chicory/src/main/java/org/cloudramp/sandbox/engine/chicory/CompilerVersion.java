package org.cloudramp.sandbox.engine.chicory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Chicory this was built with; where its jar lies tells nothing once jars are merged. */
final class CompilerVersion {
  private static final String RESOURCE = "compiler.properties";

  private CompilerVersion() {}

  /** Such as {@code chicory 1.2.3}. */
  static String text() {
    try (InputStream in = CompilerVersion.class.getResourceAsStream(RESOURCE)) {
      Properties properties = new Properties();
      properties.load(in);
      return "chicory " + properties.getProperty("version");
    } catch (IOException e) {
      throw new UncheckedIOException("this engine's own " + RESOURCE + " cannot be read", e);
    }
  }
}
