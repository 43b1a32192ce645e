package org.cloudramp.sandbox.server;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests that visit a server with a browser. Each has a server of its own, and a tab, which has the
 * server's pages to itself: what a browser keeps of them it keeps by port.
 */
abstract class InBrowser {
  /** Its start takes longer than most tests, so all of a class share it. */
  static Browser browser;

  @TempDir static Path profile;

  @TempDir Path store;
  TestServer server;

  /** Starts the server, whose modules are to be in {@code store}. */
  abstract TestServer serve();

  @BeforeAll
  static void startBrowser() {
    browser = Browser.start(profile);
  }

  @BeforeEach
  final void start() {
    browser.openTab();
    server = serve();
  }

  @AfterEach
  final void stop() {
    browser.closeTab();
    if (server != null) {
      server.close();
    }
  }

  @AfterAll
  static void closeBrowser() {
    if (browser != null) {
      browser.close();
    }
  }
}
