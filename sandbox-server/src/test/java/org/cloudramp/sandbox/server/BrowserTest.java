package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.RoomId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/**
 * The page, in a browser. Skipped where there is no Chromium, unless {@code
 * SANDBOX_REQUIRE_BROWSER} is 1. Leaves pictures in {@code target/screenshots} to look at.
 */
class BrowserTest {
  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  @TempDir Path store;
  @TempDir Path profile;
  private TestServer server;
  private ChromeDriver browser;

  @BeforeEach
  void start() {
    Optional<Path> chromium = command("chromium").or(() -> command("chromium-browser"));
    Optional<Path> driver = command("chromedriver");
    if (chromium.isEmpty() || driver.isEmpty()) {
      String reason = "the browser test needs chromium and chromedriver on the PATH";
      assertThat(System.getenv("SANDBOX_REQUIRE_BROWSER")).as(reason).isNotEqualTo("1");
      System.err.println("SKIPPED: " + reason);
      Assumptions.abort(reason);
    }
    server = TestServer.start(store);
    server.publish("chat", TestServer.example("chat"));
    browser =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(driver.orElseThrow().toFile())
                .build(),
            new ChromeOptions()
                .setBinary(chromium.orElseThrow().toFile())
                .addArguments(
                    "--headless=new",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--disable-dev-shm-usage",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--user-data-dir=" + profile));
    browser.manage().window().setSize(new Dimension(1180, 800));
  }

  @AfterEach
  void stop() {
    if (browser != null) {
      browser.quit();
    }
    if (server != null) {
      server.close();
    }
  }

  @Test
  void whatIsTypedInOnePageAppearsInBothWithJoinAndLeaveNotices() {
    String first = open("?service=chat&room=lobby");
    awaitText(0, "joined");
    browser.switchTo().newWindow(WindowType.WINDOW);
    browser.manage().window().setSize(new Dimension(1180, 800));
    String second = open("?service=chat&room=lobby");
    awaitText(0, "joined");

    say(0, "Hello from the second page 👋");
    awaitText(0, "Hello from the second page 👋");
    browser.switchTo().window(first);
    awaitText(0, "Hello from the second page 👋");
    awaitText(1, "Hello from the second page 👋");
    say(1, "Hello back, <script>alert('not markup')</script>");
    awaitText(0, "<script>alert('not markup')</script>");

    browser.switchTo().window(second);
    awaitText(1, "<script>alert('not markup')</script>");
    browser.close();
    browser.switchTo().window(first);
    awaitText(0, "left");

    assertThat(browser.findElements(By.cssSelector(".log script"))).isEmpty();
    assertThat(notices(0)).filteredOn(notice -> notice.endsWith("joined")).hasSizeGreaterThan(2);
    assertThat(notices(0)).filteredOn(notice -> notice.endsWith("left")).hasSize(2);
    assertThat(complaints()).isEmpty();
    picture("two-pages");
  }

  @Test
  void oneUserLeavesAndComesBackWithinThePage() {
    open("?service=chat&room=kitchen");
    awaitText(0, "joined");
    awaitText(1, "joined");
    say(0, "Did you hear? Rooms run code that people upload.");
    awaitText(1, "Rooms run code");
    say(1, "In WebAssembly, yes. And nobody had to restart anything.");
    awaitText(0, "nobody had to restart");

    pane(1).findElement(By.cssSelector(".toggle")).click();
    awaitText(0, "left");
    picture("one-left");
    pane(1).findElement(By.cssSelector(".toggle")).click();

    await().atMost(TestServer.PATIENCE).until(() -> state(1).contains("chat / kitchen"));
    say(1, "Back again.");
    awaitText(0, "Back again.");
    assertThat(complaints()).isEmpty();
  }

  @Test
  void aServiceThatDoesNotExistIsSaidNotToExist() {
    open("?service=nowhere&room=lobby");

    awaitText(0, "there is no service 'nowhere' (4004)");
    awaitText(1, "there is no service 'nowhere' (4004)");
    assertThat(state(0)).isEqualTo("not connected");
    picture("no-such-service");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "café",
        "a:b",
        "ann@example.org",
        "a b",
        "a/b",
        "a%2Fb",
        "100%25",
        "caf%E9",
        "//",
        ""
      })
  void aPageLearnsWhatARoomMayBeCalled(String room) {
    browser.get(server.uri().toString());

    List<?> closed = closeOf("/rooms/chat/" + room);

    assertThat(closed.get(0)).isEqualTo(4021L);
    assertThat(closed.get(1)).asString().contains(" is ");
  }

  @Test
  void anyTextBecomesANameAsThePageOfTheOperatorSays() throws IOException {
    List<List<String>> snippets = Snippets.inPage(Path.of("../docs/operations.md"), "js");
    assertThat(snippets).hasSize(1);
    String code = "const [text] = arguments; %s\nreturn room;";
    String script = code.formatted(String.join("\n", snippets.get(0)));
    browser.get(server.uri().toString());

    assertThat(browser.executeScript(script, "café")).isEqualTo("636166c3a9");
    assertThat(browser.executeScript(script, "cafe\u0301")).isEqualTo("636166c3a9");
    String longest = String.valueOf(browser.executeScript(script, "é".repeat(32)));
    assertThat(new RoomId(longest).value()).hasSize(128);
  }

  @Test
  void aPageLearnsWhyARoomRefuses() {
    server.publish("game", TestServer.example("tic-tac-toe"));
    open("?service=game&room=table");
    awaitText(0, "you are");
    awaitText(1, "you are");

    assertThat(closeOf("/rooms/game/table"))
        .isEqualTo(List.of(4010L, "two are playing here already"));
  }

  /** Code and reason with which a WebSocket of the page is closed. */
  private List<?> closeOf(String path) {
    return (List<?>)
        browser.executeAsyncScript(
            """
            const [path, done] = arguments;
            const socket = new WebSocket(`ws://${location.host}${path}`);
            socket.onclose = ({ code, reason }) => done([code, reason]);
            """,
            path);
  }

  @Test
  void whatMayNotBeCalledSoIsSaidOnThePage() {
    open("?service=chat&room=" + URLEncoder.encode("café/bar", StandardCharsets.UTF_8));

    awaitText(0, "a room's name is 1 to 128 of A-Z a-z 0-9 . _ -");
    awaitText(0, "(4021)");
    picture("no-such-name");
  }

  @Test
  void whoOpensThePageWithATokenSeesWhatIsLiveAndTheTokenLeavesTheAddressBar() {
    open("?service=chat&room=lobby#token=" + TestTokens.ADMIN);

    String live = Digest.of(TestServer.example("chat")).hex().substring(0, 12);
    await().atMost(TestServer.PATIENCE).until(() -> version().contains(live));
    assertThat(browser.getCurrentUrl()).endsWith("?service=chat&room=lobby");
    browser.navigate().refresh();
    await().atMost(TestServer.PATIENCE).until(() -> version().contains(live));
    assertThat(complaints()).isEmpty();
    picture("with-token");
  }

  @Test
  void whoHasNoTokenIsToldNothingOfVersions() {
    open("?service=chat&room=lobby");
    awaitText(0, "joined");

    assertThat(version()).isEmpty();
    assertThat(complaints()).isEmpty();
  }

  private String version() {
    return browser.findElement(By.id("version")).getText();
  }

  @Test
  void aSmallScreenShowsOneUserBelowTheOther() {
    browser.manage().window().setSize(new Dimension(500, 900));
    open("?service=chat&room=pocket");
    awaitText(0, "joined");
    say(0, "Small screens, too.");
    awaitText(1, "Small screens, too.");

    assertThat(pane(1).getLocation().getY())
        .isGreaterThan(pane(0).getLocation().getY() + pane(0).getSize().getHeight());
    picture("small-screen");
  }

  private String open(String query) {
    browser.get(server.uri() + query);
    return browser.getWindowHandle();
  }

  private WebElement pane(int number) {
    return browser.findElements(By.className("pane")).get(number);
  }

  private String state(int number) {
    return pane(number).findElement(By.className("state")).getText();
  }

  private void say(int number, String text) {
    WebElement field = pane(number).findElement(By.className("text"));
    // Not by keys: the driver cannot type characters beyond the first 65,536.
    browser.executeScript("arguments[0].value = arguments[1]", field, text);
    pane(number).findElement(By.cssSelector(".say button")).click();
  }

  private void awaitText(int number, String text) {
    await()
        .atMost(TestServer.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(pane(number).findElement(By.className("log")).getText()).contains(text));
  }

  private List<String> notices(int number) {
    return pane(number).findElements(By.className("notice")).stream()
        .map(WebElement::getText)
        .toList();
  }

  /** What the browser has to say about the page, such as a breach of its policy. */
  private List<String> complaints() {
    return browser.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  private void picture(String name) {
    try {
      Files.createDirectories(SCREENSHOTS);
      Files.write(SCREENSHOTS.resolve(name + ".png"), browser.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Optional<Path> command(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
