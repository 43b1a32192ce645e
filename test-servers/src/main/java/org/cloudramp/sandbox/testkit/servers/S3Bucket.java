package org.cloudramp.sandbox.testkit.servers;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A server with one bucket and a front before it, for all tests of a class. */
public final class S3Bucket implements BeforeAllCallback, AfterAllCallback {
  private final String name;
  private @Nullable S3Proxy server;
  private @Nullable S3Front front;

  /** Starts with the first test. */
  public S3Bucket(String name) {
    this.name = name;
  }

  public String name() {
    return name;
  }

  /** The server itself, to look and change behind the store's back. */
  public S3Proxy server() {
    return running(server);
  }

  /** What stores are to talk to. */
  public S3Front front() {
    return running(front);
  }

  private static <T> T running(@Nullable T part) {
    if (part == null) {
      throw new IllegalStateException("the S3 server runs from the first test of a class on");
    }
    return part;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    S3Proxy started = S3Proxy.start();
    server = started;
    started.client().createBucket(create -> create.bucket(name));
    front = S3Front.before(started.endpoint());
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (front != null) {
      front.close();
    }
    if (server != null) {
      server.close();
    }
  }
}
