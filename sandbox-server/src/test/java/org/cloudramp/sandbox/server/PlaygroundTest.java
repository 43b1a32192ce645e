package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The playground, in a browser: from an edited example to a running room. */
class PlaygroundTest extends InBrowser {
  private static final int LOGGED = 16;

  @Override
  TestServer serve() {
    // As --demo has it, but for the log, which keeps so little that one can miss too much.
    return TestServer.start(
        store,
        "server.pages",
        "playground",
        "rooms.shared",
        "always",
        "kv.memory.logEntries",
        String.valueOf(LOGGED));
  }

  @Test
  void anExampleIsEditedAndPublishedForThreeUsersWhoStayWhenItIsPublishedAgain() {
    openWithToken();
    String clean = browser.driver.getCurrentUrl();
    assertThat(clean).contains("service=scratch-").doesNotContain("token");

    // An error, where it is, as it is typed; and then none.
    type("let n: i32 = \"one\";");
    browser.awaitText("#problem-list", "line 14");
    browser.awaitText("#problem-list", "is not assignable to type 'i32'");
    assertThat(editor().findElements(By.cssSelector(".cm-lint-marker-error"))).hasSize(1);
    browser.pictures("playground-error");
    type(Keys.chord(Keys.SHIFT, Keys.HOME), Keys.DELETE);
    browser.awaitText("#verdict", "No problems");

    addToGreeting(" us");
    browser.click("#publish");
    browser.awaitText("#status", "Live as");
    browser.awaitText(user("Ben") + " .log", "joined us");
    browser.click("#add");
    for (String name : List.of("Ada", "Ben", "Cleo")) {
      browser.awaitText(user(name) + " .log", "Cleo joined us");
    }
    assertThat(server.connections()).isEqualTo(3);

    say("Ada", "Hello, <b>everybody</b> 👋");
    for (String name : List.of("Ada", "Ben", "Cleo")) {
      browser.awaitText(user(name) + " .log", "Ada: Hello, <b>everybody</b> 👋");
    }

    addToGreeting(" again");
    browser.click("#publish");
    browser.awaitText(user("Cleo") + " .log", "is live");
    assertThat(server.connections()).isEqualTo(3);
    browser.click(user("Ben") + " .toggle");
    browser.awaitText(user("Ada") + " .log", "Ben left");
    browser.click(user("Ben") + " .toggle");
    browser.awaitText(user("Ada") + " .log", "Ben joined us again");

    browser.awaitText("#hooks", "onMessage");
    assertThat(notices("Ada")).noneMatch(notice -> notice.contains("disconnected"));
    assertThat(browser.complaints()).isEmpty();
    browser.pictures("playground");
  }

  @Test
  void aMessageThatFailsLeavesATraceWithTheLineOfTheProgram() {
    openWithToken();
    typeAtEndOfLine(7, Keys.ENTER, "assert(text != \"boom\", \"it went off\");");
    browser.awaitText("#verdict", "No problems");
    browser.click("#publish");
    browser.awaitText(user("Ada") + " .log", "Ben joined");

    say("Ada", "boom");

    browser.awaitText(user("Ada") + " .log", "onMessage failed");
    browser.awaitText(user("Ada") + " .message.sent", "had no effect: trapped");
    browser.awaitText("#happenings", "it went off");
    browser.click("#happenings .fault .link");
    await()
        .atMost(TestServer.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(editor().findElement(By.cssSelector(".cm-activeLine")).getText())
                    .contains("it went off"));
    say("Ben", "Still here?");
    browser.awaitText(user("Ada") + " .log", "Ben: Still here?");
    browser.pictures("playground-fault");
  }

  @Test
  void whoLosesTheNetworkComesBackAndHasMissedNothing() {
    openWithToken();
    browser.click("#publish");
    browser.awaitText(user("Ada") + " .log", "Ben joined");
    browser.click("#add");
    browser.awaitText(user("Ada") + " .log", "Cleo joined");

    browser.click(user("Ben") + " .network");
    browser.awaitText(user("Ben") + " .state", "away, no network");
    for (int i = 1; i <= 5; i++) {
      say("Ada", "part " + i);
      browser.awaitText(user("Cleo") + " .log", "Ada: part " + i);
    }
    say("Ben", "said in the dark");
    browser.awaitText(user("Ben") + " .message.waiting", "said in the dark");
    browser.pictures("playground-no-network");
    assertThat(browser.text(user("Ben") + " .log")).doesNotContain("part 1");
    assertThat(browser.text(user("Ada") + " .log")).doesNotContain("said in the dark", "Ben left");

    browser.click(user("Ben") + " .network");

    browser.awaitText(user("Ben") + " .log", "resumed: back without a gap");
    browser.awaitText(user("Ada") + " .log", "Ben: said in the dark");
    browser.awaitText(user("Ben") + "[data-state=open] .name", "Ben");
    browser.awaitText(user("Ben") + " .log", "Ben: said in the dark");
    assertThat(received("Ben").stream().filter(line -> line.contains("part ")))
        .containsExactly("Ada: part 1", "Ada: part 2", "Ada: part 3", "Ada: part 4", "Ada: part 5");
    assertThat(received("Ben")).endsWith("Ben: said in the dark");
    assertThat(browser.all(user("Ben") + " .message.waiting")).isEmpty();
    for (String name : List.of("Ada", "Cleo")) {
      assertThat(received(name)).noneMatch(line -> line.contains("Ben left"));
      assertThat(received(name).stream().filter(line -> line.contains("said in the dark")))
          .hasSize(1);
    }
    assertThat(browser.complaints()).isEmpty();
    browser.pictures("playground-resumed");
  }

  @Test
  void whoHasMissedTooMuchStartsAnewAndIsToldSo() {
    openWithToken();
    browser.click("#publish");
    browser.awaitText(user("Ada") + " .log", "Ben joined");

    browser.click(user("Ben") + " .network");
    browser.awaitText(user("Ben") + " .state", "away");
    for (int i = 1; i <= 2 * LOGGED; i++) {
      say("Ada", "part " + i);
    }
    browser.awaitText(user("Ada") + " .log", "Ada: part " + 2 * LOGGED);
    browser.click(user("Ben") + " .network");

    browser.awaitText(user("Ben") + " .log", "started anew: too much was missed");
    browser.awaitText(user("Ada") + " .log", "Ben left");
    say("Ben", "back again");
    browser.awaitText(user("Ada") + " .log", "back again");
  }

  @Test
  void whoLeavesWithoutANetworkHasLeft() {
    openWithToken();
    browser.click("#publish");
    browser.awaitText(user("Ada") + " .log", "Ben joined");

    browser.click(user("Ben") + " .network");
    browser.awaitText(user("Ben") + " .state", "away");
    browser.click(user("Ben") + " .toggle");

    browser.awaitText(user("Ada") + " .log", "Ben left");
    browser.click(user("Ben") + " .toggle");
    browser.awaitText(user("Ben") + " .state", "in lobby");
  }

  @Test
  void aDraftAndItsServiceAreThereAfterAReload() {
    openWithToken();
    addToGreeting(" us");
    browser.click("#publish");
    browser.awaitText(user("Ada") + " .log", "Ben joined us");

    browser.driver.navigate().refresh();

    browser.awaitText(user("Ada") + " .log", "joined us");
    assertThat(editor().getText()).contains("joined us");
  }

  @Test
  void everyExampleHasAWayIn() {
    openWithToken();
    browser.find("#example").sendKeys("Whiteboard");
    browser.awaitText("#how", "Binary");
    browser.click("#publish");
    browser.awaitText(user("Ben") + " .state", "in lobby");
    browser.click(user("Ada") + " .try");
    browser.awaitText(user("Ben") + " .log", "01 0a 00 0a 00 64 00 64 00");
    browser.click("[data-view=keys]");
    browser.awaitText("#held", "lines");
    browser.awaitText("#held", "01 0a 00 0a 00 64 00 64 00");
    assertThat(browser.find("#happenings").isDisplayed()).isFalse();
    browser.pictures("playground-keys");
    browser.click("[data-view=timers]");
    browser.awaitText("#held", "No timer is set");
    browser.click("[data-view=events]");
    assertThat(browser.find("#happenings").isDisplayed()).isTrue();
    browser.picture("playground-whiteboard");

    browser.find("#example").sendKeys("Notice");
    browser.awaitText("#how", "HTTP");
    browser.click("#publish");
    browser.awaitText("#status", "Live as");
    await()
        .atMost(TestServer.PATIENCE)
        .untilAsserted(
            () -> {
              browser.click("#requests .try");
              assertThat(browser.text(user("Ben") + " .log")).contains("build 17 has failed");
            });
    browser.awaitText("#happenings", "POST 201");
    browser.picture("playground-noticeboard");
  }

  @Test
  void whoHasNoTokenPlaysInWhatIsLiveAndIsAskedForOneToPublish() {
    server.publish("chat", TestServer.example("chat"));
    browser.driver.get(server.uri() + "?service=chat&room=lobby");
    browser.awaitText(user("Ben") + " .state", "in lobby");
    say("Ada", "Hello there");
    browser.awaitText(user("Ben") + " .log", "Hello there");

    browser.click("#publish");

    assertThat(browser.find("#token-form").isDisplayed()).isTrue();
    assertThat(browser.complaints()).isEmpty();
    browser.picture("playground-without-token");
  }

  @Test
  void whoHasNoMousePublishesAndSpeaks() {
    openWithToken();
    type(Keys.chord(Keys.CONTROL, "s"));
    browser.awaitText(user("Ada") + " .log", "Ben joined");

    focusByTab("What Ada says");
    focused().sendKeys("by keyboard", Keys.ENTER);
    browser.awaitText(user("Ben") + " .log", "Ada: by keyboard");
    focusByTab("Take the network from Ben");
    focused().sendKeys(Keys.SPACE);
    browser.awaitText(user("Ben") + " .state", "away, no network");
    focused().sendKeys(Keys.SPACE);
    browser.awaitText(user("Ben") + " .log", "resumed: back without a gap");
  }

  /** Goes on from where the focus is, and round from the end. */
  private void focusByTab(String label) {
    for (int i = 0; i < 100 && !label.equals(focused().getAttribute("aria-label")); i++) {
      focused().sendKeys(Keys.TAB);
    }
    assertThat(focused().getAttribute("aria-label")).isEqualTo(label);
  }

  private WebElement focused() {
    return browser.driver.switchTo().activeElement();
  }

  @Test
  void everythingThatCanBeUsedHasANameForScreenReaders() {
    openWithToken();
    browser.click("#publish");
    browser.awaitText(user("Ada") + " .log", "Ben joined");

    assertThat(browser.usable()).hasSizeGreaterThan(20).doesNotContain("");
  }

  @Test
  void aRoomThatWantsAJoinTokenIsEnteredWithOne(@TempDir Path folder) throws Exception {
    Issuer issuer = new Issuer();
    Path keys = Files.writeString(folder.resolve("keys"), issuer.jwks(Algorithm.ES256));
    try (TestServer guarded =
        TestServer.start(
            folder.resolve("store"),
            "server.pages",
            "playground",
            "rooms.shared",
            "always",
            "server.join.keys",
            keys.toString(),
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE)) {
      guarded.publish("chat", TestServer.example("club"));
      browser.driver.get(guarded.uri() + "?service=chat&room=lobby");
      browser.awaitText(user("Ada") + " .log", "this room needs a join token (4001)");
      Map<String, String> claims = Issuer.claims(Instant.now().getEpochSecond());
      claims.put("info", "{\"name\":\"Ann\"}");

      browser.fill(user("Ada") + " .token", issuer.token(Algorithm.ES256, claims));
      browser.click(user("Ada") + " .join-token button");

      browser.awaitText(user("Ada") + " .log", "Ann is here");
      browser.awaitText(user("Ada") + " .state", "in lobby");
      assertThat(browser.find(user("Ada") + " .join-token").isDisplayed()).isFalse();
      assertThat(browser.driver.getCurrentUrl()).doesNotContain("token");
      browser.picture("playground-join-token");
    }
  }

  @Test
  void whyARoomIsClosedOrCannotBeIsSaid() {
    server.publish("game", TestServer.example("tic-tac-toe"));
    browser.driver.get(server.uri() + "?service=game&room=table");
    browser.awaitText(user("Ben") + " .log", "you are O");
    browser.click("#add");
    browser.awaitText(user("Cleo") + " .log", "two are playing here already (4010)");

    browser.driver.get(server.uri() + "?service=nowhere&room=lobby");
    browser.awaitText(user("Ada") + " .log", "there is no service 'nowhere' (4004)");
    browser.driver.get(server.uri() + "?service=chat&room=caf%C3%A9%2Fbar");
    browser.awaitText(user("Ada") + " .log", "a room's name is 1 to 128 of A-Z a-z 0-9 . _ -");
  }

  @Test
  void onASmallScreenTheFirstUserIsOnTheFirstScreen() {
    browser.screen(390, 844, "light");
    openWithToken();
    browser.awaitText("#verdict", "No problems");

    WebElement first = browser.find(user("Ada"));
    assertThat(first.getLocation().getY() + 200).isLessThan(844);
    assertThat(browser.driver.executeScript("return document.documentElement.scrollWidth"))
        .isEqualTo(390L);
    browser.picture("playground-first-screen");
  }

  private void openWithToken() {
    browser.driver.get(server.uri() + "#token=" + TestTokens.ADMIN);
    browser.awaitText("#verdict", "No problems");
  }

  private WebElement editor() {
    return browser.find("#editor").getShadowRoot().findElement(By.cssSelector(".cm-editor"));
  }

  /** Types at the end of the program: there the driver begins, each time. */
  private void type(CharSequence... keys) {
    editor().findElement(By.cssSelector(".cm-content")).sendKeys(keys);
  }

  private void typeAtEndOfLine(int line, CharSequence... keys) {
    List<CharSequence> all = new ArrayList<>();
    all.add(Keys.chord(Keys.CONTROL, Keys.HOME));
    all.addAll(Collections.nCopies(line - 1, Keys.ARROW_DOWN));
    all.add(Keys.END);
    all.addAll(List.of(keys));
    type(all.toArray(CharSequence[]::new));
  }

  /** Changes what the chat says when somebody joins, on its fourth line. */
  private void addToGreeting(String text) {
    typeAtEndOfLine(4, Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_LEFT, text);
  }

  private static String user(String name) {
    return ".user[data-name=\"" + name + "\"]";
  }

  private void say(String name, String text) {
    browser.fill(user(name) + " .text", text);
    browser.click(user(name) + " .send");
  }

  private List<String> received(String name) {
    return browser.all(user(name) + " .received .what").stream().map(WebElement::getText).toList();
  }

  private List<String> notices(String name) {
    return browser.all(user(name) + " .notice").stream().map(WebElement::getText).toList();
  }
}
