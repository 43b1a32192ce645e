package org.cloudramp.sandbox.kv.redis;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What a test has opened; closed after it, the last first. */
final class Opened implements AfterEachCallback {
  private final List<AutoCloseable> all = new ArrayList<>();

  <T extends AutoCloseable> T add(T opened) {
    all.add(opened);
    return opened;
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (int i = all.size() - 1; i >= 0; i--) {
      all.get(i).close();
    }
  }
}
