package org.cloudramp.sandbox.store.s3;

import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.store.s3.Bucket.Entry;

/**
 * Finds out with one object what a server and its credentials can do, before anybody relies on it.
 *
 * <p>The object is never removed, so that this needs no permission to remove, and its content is
 * always the same, so that servers that start at the same time do not disturb each other.
 */
final class Probe {
  /** No service has a name like this. */
  private static final String NAME = ".probe";

  private static final Bytes CONTENT =
      Bytes.utf8(
          """
          Written again whenever a server starts, to see whether its store works.
          It holds nothing, and is as long as the objects that say which version is live.
          """);

  /** Has the form of a tag, and is not the probe's: it is the MD5 of nothing. */
  private static final Entry ANOTHER =
      new Entry(Bytes.empty(), "\"d41d8cd98f00b204e9800998ecf8427e\"");

  /** A start may lose against others that start; nobody loses so often. */
  private static final int MAX_ATTEMPTS = 20;

  private final S3Settings settings;
  private final Bucket bucket;

  private Probe(S3Settings settings, Bucket bucket) {
    this.settings = settings;
    this.bucket = bucket;
  }

  /**
   * Connects in a way that works.
   *
   * @throws ConfigurationException if the bucket, region or credentials are wrong, or the server
   *     cannot do what the store needs
   * @throws StoreException if the server cannot be reached
   */
  static Bucket open(S3Settings settings) {
    if (settings.readOnly()) {
      return open(settings, false);
    }
    return switch (settings.chunkedEncoding()) {
      case ALWAYS -> open(settings, true);
      case NEVER -> open(settings, false);
      case DETECT -> {
        try {
          yield open(settings, false);
        } catch (ConfigurationException asItIs) {
          try {
            yield open(settings, true);
          } catch (ConfigurationException chunked) {
            asItIs.addSuppressed(chunked);
            throw asItIs;
          }
        }
      }
    };
  }

  private static Bucket open(S3Settings settings, boolean chunked) {
    Bucket bucket = Bucket.open(settings, chunked);
    try {
      Probe probe = new Probe(settings, bucket);
      if (settings.readOnly()) {
        Optional<Entry> unused = probe.read();
      } else {
        probe.write();
        probe.readBack();
        probe.requireLoss(Optional.empty(), "If-None-Match");
        probe.requireLoss(Optional.of(ANOTHER), "If-Match");
        probe.requireReplacement();
      }
      return bucket;
    } catch (RuntimeException e) {
      bucket.close();
      throw e;
    }
  }

  private void write() {
    try {
      bucket.put(NAME, CONTENT.toArray());
    } catch (StoreException e) {
      throw ifRefused(
          e,
          """
          its credentials must allow s3:PutObject, and the server must take the encoding of bodies \
          (setting chunkedEncoding is %s); a server that is only to read needs the setting readOnly = true"""
              .formatted(settings.chunkedEncoding()));
    }
  }

  private Optional<Entry> read() {
    try {
      return bucket.get(NAME);
    } catch (StoreException e) {
      throw ifRefused(
          e, "its credentials must allow s3:GetObject below the settings bucket and prefix");
    }
  }

  /** A server that does not know aws-chunked may also keep its frames as if they were content. */
  private void readBack() {
    Optional<Bytes> content = read().map(Entry::content);
    if (!content.equals(Optional.of(CONTENT))) {
      throw cannotUse(
          "the server gives back other bytes (%s) than the %s that were written (setting chunkedEncoding is %s)"
              .formatted(
                  content.map(Bytes::toString).orElse("none"),
                  CONTENT,
                  settings.chunkedEncoding()));
    }
  }

  private void requireLoss(Optional<Entry> before, String condition) {
    if (replace(before, condition)) {
      throw cannotUse(
          "the server ignores %s of writes, so publishers at the same time would lose versions; take a server that honours it, or set the setting readOnly = true here"
              .formatted(condition));
    }
  }

  private void requireReplacement() {
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (replace(read(), "If-Match")) {
        return;
      }
    }
    throw cannotUse(
        "the server lets no write with If-Match through, so no version could go live; take a server that does, or set the setting readOnly = true here");
  }

  private boolean replace(Optional<Entry> before, String condition) {
    try {
      return bucket.replace(NAME, before, CONTENT.toArray());
    } catch (StoreException e) {
      throw ifRefused(
          e,
          "the server does not take %s of writes; take one that does, or set the setting readOnly = true here"
              .formatted(condition));
    }
  }

  /** A later try may help with anything but a refusal. */
  private RuntimeException ifRefused(StoreException failure, String advice) {
    return failure.kind() == StoreException.Kind.REFUSED
        ? new ConfigurationException(failure.getMessage() + "; " + advice, failure)
        : failure;
  }

  private ConfigurationException cannotUse(String reason) {
    return new ConfigurationException(
        "the store 's3' cannot use %s: %s".formatted(bucket.describe(NAME), reason));
  }
}
