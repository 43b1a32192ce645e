package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The monitor, in a browser. */
class MonitorTest extends InBrowser {
  private static final String FIRST = Digest.of(TestServer.example("chat")).hex();
  private static final String SECOND = Digest.of(TestServer.example("counter")).hex();

  @Override
  TestServer serve() {
    TestServer started = TestServer.start(store);
    started.publish("counter", TestServer.example("counter"));
    started.publish("chat", TestServer.example("chat"));
    return started;
  }

  @Test
  void whoHasNoTokenOrAWrongOneSeesNothing() {
    browser.driver.get(server.uri() + "monitor");
    assertThat(browser.find("#monitor").isDisplayed()).isFalse();

    browser.find("#token").sendKeys("a-token-that-nobody-has");
    browser.click("#gate .primary");

    await().atMost(TestServer.PATIENCE).until(() -> !browser.text("#refusal").isEmpty());
    assertThat(browser.find("#monitor").isDisplayed()).isFalse();
    assertThat(browser.driver.executeScript("return sessionStorage.getItem('token')")).isNull();
    browser.picture("monitor-refused");
  }

  @Test
  void aRoomIsWatchedSpokenToAndClosed() {
    try (Client ada = server.connect("chat", "lobby");
        Client ben = server.connect("chat", "lobby")) {
      server.awaitConnections(2);
      enter();
      choose("#services", "chat");
      browser.awaitText("#live-version", FIRST.substring(0, 8));
      choose("#rooms", "lobby");
      browser.awaitText("#member-count", "2 members");
      ada.say("Hello");
      browser.awaitText("#hooks", "onMessage");

      browser.find("#words").sendKeys("Back in five minutes");
      browser.click("#say button");
      ben.await("Back in five minutes");
      browser.pictures("monitor");

      browser.click("#close-room");
      browser.click("#answer");

      assertThat(ada.closed().code()).isEqualTo(1000);
      browser.awaitText("#member-count", "0 members");
      assertThat(browser.complaints()).isEmpty();
    }
  }

  @Test
  void whatARoomHoldsIsSeenInIt() {
    server.publish("auction", TestServer.example("auction"));
    try (Client seller = server.connect("auction", "hall")) {
      seller.say("{\"type\":\"open\",\"item\":\"<b>vase</b>\",\"price\":1,\"seconds\":3600}");
      seller.next();
      enter();
      choose("#services", "auction");
      choose("#rooms", "hall");
      browser.awaitText("#member-count", "one member");

      for (String part : List.of("keys", "timers", "log")) {
        browser.click("[data-part=" + part + "] summary");
      }

      browser.awaitText("#keys", "\"item\":\"<b>vase</b>\"");
      browser.awaitText("#timers", "close");
      browser.awaitText("#timers", "in 59 min");
      browser.awaitText("#log", "lives on one server");
      assertThat(browser.text("#figures")).contains("Sessions away");
      assertThat(browser.complaints()).isEmpty();
      browser.pictures("monitor-contents");
    }
  }

  @Test
  void aVersionIsRolledBackAndARestIsLifted() {
    server.publish("chat", TestServer.example("counter"));
    server.send(
        server
            .request("/api/services/chat/quarantine/" + FIRST + "?seconds=600")
            .POST(BodyPublishers.noBody()));
    enter();
    choose("#services", "chat");
    browser.awaitText("#live-version", SECOND.substring(0, 8));
    browser.awaitText("#resting", "rests for");

    browser.click("#rollback");
    browser.click("#answer");
    browser.awaitText("#live-version", FIRST.substring(0, 8));
    browser.picture("monitor-resting");
    browser.click("#lift");

    await().atMost(TestServer.PATIENCE).until(() -> !browser.find("#resting").isDisplayed());
    assertThat(browser.text("#happenings")).contains("1 lifted");
    assertThat(browser.complaints()).isEmpty();
  }

  @Test
  void whatStrangersSayAndAreCalledIsTextAndNothingElse(@TempDir Path folder) throws Exception {
    String markup = "<img src=x onerror=document.title=1>";
    Issuer issuer = new Issuer();
    Path keys = Files.writeString(folder.resolve("keys"), issuer.jwks(Algorithm.ES256));
    Map<String, String> claims = Issuer.claims(Instant.now().getEpochSecond());
    claims.put("sub", Issuer.quoted(markup));
    claims.put("info", Issuer.quoted(markup + "\u202e"));
    try (TestServer guarded =
        TestServer.start(
            folder.resolve("store"),
            "server.join.keys",
            keys.toString(),
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE)) {
      guarded.publish("chat", Guests.wasm("log"));
      String token = "Bearer " + issuer.token(Algorithm.ES256, claims);
      try (Client mallory = guarded.connect("chat", "lobby", "Authorization", token)) {
        guarded.awaitConnections(1);
        enter(guarded);
        choose("#services", "chat");
        choose("#rooms", "lobby");
        browser.awaitText("#member-count", "one member");
        mallory.say(markup + "\u001b[2J\u202e\nforged");
        browser.awaitText("#happenings", markup + "\ufffd[2J\ufffd");

        assertThat(browser.text("#members")).contains(markup + " ", markup + "\ufffd");
        assertThat(browser.all("main img")).isEmpty();
        assertThat(browser.driver.getTitle()).isEqualTo("WASM-Sandbox · Monitor");
        assertThat(browser.complaints()).isEmpty();
      }
    }
  }

  @Test
  void theLogStaysAtItsEndWhenItIsNarrowedToAService() {
    server.publish("talk", Guests.wasm("log"));
    try (Client ada = server.connect("talk", "lobby")) {
      enter();
      browser.awaitText("#stream", "live, all services");
      ada.say("* a line"); // a hundred of them
      ada.say("of all");
      browser.awaitText("#happenings", "of all");

      choose("#services", "talk");

      browser.awaitText("#live-version", Digest.of(Guests.wasm("log")).hex().substring(0, 8));
      browser.awaitText("#stream", "live, talk");
      ada.say("* a line");
      ada.say("the last one");
      await()
          .atMost(TestServer.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(browser.text("#happenings")).endsWith("the last one");
                assertThat(fromItsEnd("happenings")).isLessThan(2);
              });
    }
  }

  /** How many pixels of a list are below what is seen of it. */
  private long fromItsEnd(String list) {
    Object pixels =
        browser.driver.executeScript(
            "const list = document.getElementById(arguments[0]);"
                + "if (list.scrollHeight <= list.clientHeight) return -1;"
                + "return Math.round(list.scrollHeight - list.scrollTop - list.clientHeight)",
            list);
    assertThat(pixels).as("the list is longer than what is seen of it").isNotEqualTo(-1L);
    return ((Number) Objects.requireNonNull(pixels)).longValue();
  }

  private void enter() {
    enter(server);
  }

  private void enter(TestServer at) {
    browser.driver.get(at.uri() + "monitor");
    browser.find("#token").sendKeys(TestTokens.ADMIN);
    browser.click("#gate .primary");
    browser.awaitText("#services", "chat");
  }

  private void choose(String list, String name) {
    browser.awaitText(list, name);
    browser.click(list + " [data-key=\"" + name + "\"]");
  }
}
