package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.testkit.servers.WatchedProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;

/**
 * The way of a newcomer: what {@code ./sandbox demo} starts, the URL that it prints, and then with
 * nothing but a browser to a room of one's own with three users in it. Says how long that took, and
 * leaves pictures of where it ends in {@code target/screenshots}.
 */
class NewcomerTest {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final List<String> USERS = List.of("Ada", "Ben", "Cleo");

  @TempDir Path folder;
  @TempDir Path profile;

  @Test
  void whoStartsTheDemoHasThreeUsersInARoomOfTheirOwnByWayOfTheUrlThatItPrints() throws Exception {
    Path guests = Files.createDirectory(folder.resolve("guests"));
    for (String example : List.of("chat", "counter")) {
      Files.write(guests.resolve(example + ".wasm"), TestServer.example(example));
    }
    try (Browser browser = Browser.start(profile);
        WatchedProcess demo =
            ServerProcess.launch(
                folder,
                folder,
                Map.of("SANDBOX_SERVER_TOKENS", "", "SANDBOX_SERVER_REHEARSAL", "3s"),
                "--demo",
                guests.toString(),
                "--port",
                "0")) {
      String says = "page that has it: ";
      String line = demo.await(said -> said.startsWith(says), PATIENCE);
      String unused = demo.await(said -> said.startsWith("WASM-Sandbox is ready: "), PATIENCE);
      long begin = System.nanoTime();

      browser.driver.get(line.substring(says.length()));
      browser.awaitText("#verdict", "No problems");
      browser
          .find("#editor")
          .getShadowRoot()
          .findElement(By.cssSelector(".cm-content"))
          .sendKeys(
              Keys.chord(Keys.CONTROL, Keys.HOME),
              Keys.ARROW_DOWN,
              Keys.ARROW_DOWN,
              Keys.ARROW_DOWN,
              Keys.END,
              Keys.ARROW_LEFT,
              Keys.ARROW_LEFT,
              Keys.ARROW_LEFT,
              " my room");
      browser.click("#publish");
      browser.awaitText("#status", "Live as");
      browser.click("#add");
      for (String user : USERS) {
        browser.awaitText(log(user), "Cleo joined my room");
      }
      browser.fill(".user[data-name=Ada] .text", "Hello, room!");
      browser.click(".user[data-name=Ada] .send");
      for (String user : USERS) {
        browser.awaitText(log(user), "Ada: Hello, room!");
      }

      System.out.printf(
          "NEWCOMER: %.1f s from the ready server to three users in an edited room%n",
          (System.nanoTime() - begin) / 1e9);
      assertThat(browser.complaints()).isEmpty();
      browser.pictures("newcomer");
    }
  }

  private static String log(String user) {
    return ".user[data-name=" + user + "] .log";
  }
}
