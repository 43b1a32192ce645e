package org.cloudramp.sandbox.server.token;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.List;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@link TokenEntries}. It is replaced as a whole when it is written, so that nobody
 * reads half of it; comments and the order of lines stay as they are.
 */
public final class TokenFile {
  /** More than the most tokens take. */
  private static final int MAX_BYTES = 8 << 20;

  private final Path path;

  /** A file, which need not be there yet. */
  public TokenFile(Path path) {
    this.path = path;
  }

  /**
   * What is in a file.
   *
   * @throws ConfigurationException if it cannot be read, or is too large
   */
  static byte[] read(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(MAX_BYTES + 1);
      if (content.length > MAX_BYTES) {
        throw new ConfigurationException(
            "the file of tokens '%s' has more than %d bytes".formatted(path, MAX_BYTES));
      }
      return content;
    } catch (NoSuchFileException e) {
      throw new ConfigurationException(
          "there is no file of tokens '%s' (sandbox.server.tokenFile); 'sandbox-server token create NAME --scope admin --file %s' makes it"
              .formatted(path, path),
          e);
    } catch (IOException e) {
      throw new ConfigurationException(
          "the file of tokens '%s' (sandbox.server.tokenFile) cannot be read: %s"
              .formatted(path, e.getMessage()),
          e);
    }
  }

  /** The tokens in the content of a file. */
  static List<Token> parse(byte[] content, @Nullable Path path) {
    return TokenEntries.parse(text(content, path), String.valueOf(path));
  }

  private static String text(byte[] content, @Nullable Path path) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
    } catch (CharacterCodingException e) {
      throw new ConfigurationException(
          "the file of tokens '%s' is no text in UTF-8".formatted(path), e);
    }
  }

  /**
   * The tokens that are in it.
   *
   * @throws ConfigurationException if it is absent, cannot be read, or an entry reads wrong
   */
  public List<Token> tokens() {
    return parse(read(path), path);
  }

  /**
   * Adds a token; makes the file, for its owner only, if it is absent.
   *
   * @throws ConfigurationException if there is one of that name, or the file cannot be read or
   *     written
   */
  public void add(Token token) {
    String before = Files.exists(path) ? text(read(path), path) : "";
    String end = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
    replace(before + end + TokenEntries.write(token) + "\n");
  }

  /**
   * Takes a token away.
   *
   * @return whether there was one of that name
   * @throws ConfigurationException if the file cannot be read or written
   */
  public boolean remove(String name) {
    String before = text(read(path), path);
    if (tokens().stream().noneMatch(token -> token.name().equals(name))) {
      return false;
    }
    StringBuilder after = new StringBuilder();
    for (String line : before.split("(?<=\n)", -1)) {
      if (!line.strip().split("\\s+", 2)[0].equals(name)) {
        after.append(line);
      }
    }
    replace(after.toString());
    return true;
  }

  /** With what reads as it should, and nothing else. */
  private void replace(String content) {
    TokenEntries.parse(content, path.toString());
    try {
      Path target = Files.exists(path) ? path.toRealPath() : path.toAbsolutePath();
      // Nobody but its owner may read what this makes, as long as nothing else is said.
      Path other = Files.createTempFile(target.getParent(), target.getFileName() + ".", ".new");
      try {
        Files.writeString(other, content);
        if (Files.exists(target)) {
          keepWhoMayRead(target, other);
        }
        Files.move(other, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(other);
      }
    } catch (IOException e) {
      throw new ConfigurationException(
          "the file of tokens '%s' cannot be written: %s".formatted(path, e), e);
    }
  }

  /** A server that runs as another user must be able to read the file afterwards as before. */
  private static void keepWhoMayRead(Path before, Path after) throws IOException {
    PosixFileAttributeView of = Files.getFileAttributeView(before, PosixFileAttributeView.class);
    PosixFileAttributeView to = Files.getFileAttributeView(after, PosixFileAttributeView.class);
    if (of == null || to == null) {
      return; // a file system that knows no such thing
    }
    PosixFileAttributes was = of.readAttributes();
    PosixFileAttributes is = to.readAttributes();
    if (!is.owner().equals(was.owner())) {
      to.setOwner(was.owner());
    }
    if (!is.group().equals(was.group())) {
      to.setGroup(was.group());
    }
    to.setPermissions(was.permissions());
  }
}
