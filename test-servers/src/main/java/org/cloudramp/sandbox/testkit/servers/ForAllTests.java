package org.cloudramp.sandbox.testkit.servers;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A server that all tests of a class share: started before the first of them and closed after the
 * last. For a static field with {@code @RegisterExtension}. If the server skips itself because
 * something is not installed, the class is skipped.
 *
 * @param <S> the server
 */
public final class ForAllTests<S extends AutoCloseable>
    implements BeforeAllCallback, AfterAllCallback {
  private final Supplier<S> start;
  private @Nullable S started;

  /** Of what {@code start} starts. */
  public ForAllTests(Supplier<S> start) {
    this.start = start;
  }

  /**
   * The server.
   *
   * @throws IllegalStateException outside of the class's tests
   */
  public S get() {
    S running = started;
    if (running == null) {
      throw new IllegalStateException("no test runs, so the server is not started");
    }
    return running;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    started = start.get();
  }

  @Override
  public void afterAll(ExtensionContext context) throws Exception {
    S running = started;
    started = null;
    if (running != null) {
      running.close();
    }
  }
}
