package org.cloudramp.sandbox.server.jointoken;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.observe.RecurringTrouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keys in a file. It is read again when it has changed; one that cannot be read, or reads wrong,
 * changes nothing.
 */
final class KeyFile implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(KeyFile.class);
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  private final Path file;
  private volatile JoinKeys current;

  // Of the thread that reads again, and of nobody else.
  private byte[] lastRead;
  private final RecurringTrouble trouble =
      new RecurringTrouble(log, "the keys that were known before stay valid: {}");

  /**
   * Reads the file.
   *
   * @throws ConfigurationException if it cannot be read, or has no key to be used
   */
  KeyFile(Path file) {
    this.file = file;
    this.lastRead = read();
    this.current = JoinKeys.ofFile(lastRead);
  }

  private byte[] read() {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] content = in.readNBytes(JoinKeys.MAX_BYTES + 1);
      if (content.length > JoinKeys.MAX_BYTES) {
        throw new ConfigurationException(
            "the keys of join tokens in '%s' (sandbox.server.join.keys) have more than %d bytes"
                .formatted(file, JoinKeys.MAX_BYTES));
      }
      return content;
    } catch (IOException e) {
      throw new ConfigurationException(
          "the keys of join tokens in '%s' (sandbox.server.join.keys) cannot be read: %s"
              .formatted(file, e),
          e);
    }
  }

  @Override
  public JoinKeys current() {
    return current;
  }

  /** The file is looked at in any case. */
  @Override
  public boolean lookAgain() {
    return false;
  }

  @Override
  public void readAgain() {
    try {
      byte[] content = read();
      if (!Arrays.equals(content, lastRead)) {
        lastRead = content;
        current = JoinKeys.ofFile(content);
        audit.info(
            "the keys of join tokens in {} were read again; {} are known", file, current.size());
      }
      trouble.isOver();
    } catch (ConfigurationException e) {
      trouble.is(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {}
}
