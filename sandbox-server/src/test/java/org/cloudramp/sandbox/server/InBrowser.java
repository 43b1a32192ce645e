package org.cloudramp.sandbox.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests that visit a server with a browser, both new for each test. */
abstract class InBrowser {
  @TempDir Path store;
  @TempDir Path profile;
  TestServer server;
  Browser browser;

  /** Starts the server, whose modules are to be in {@code store}. */
  abstract TestServer serve();

  @BeforeEach
  final void start() {
    browser = Browser.start(profile);
    server = serve();
  }

  @AfterEach
  final void stop() {
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
    }
  }
}
