package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptExecutor;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.WindowType;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/**
 * A headless Chromium. The test that asks for one is skipped where there is none, unless {@code
 * SANDBOX_REQUIRE_BROWSER} is 1. Leaves pictures in {@code target/screenshots} to look at.
 */
final class Browser implements AutoCloseable {
  /** For what takes seconds by itself: a compiler that starts, and compiles, beside other tests. */
  static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final Set<String> USABLE =
      Set.of("button", "checkbox", "combobox", "link", "tab", "textbox");

  private static final Path SCREENSHOTS = Path.of("target", "screenshots");

  final ChromeDriver driver;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /**
   * @param profile an empty folder
   */
  static Browser start(Path profile) {
    Optional<Path> chromium = command("chromium").or(() -> command("chromium-browser"));
    Optional<Path> driver = command("chromedriver");
    if (chromium.isEmpty() || driver.isEmpty()) {
      String reason = "the browser test needs chromium and chromedriver on the PATH";
      assertThat(System.getenv("SANDBOX_REQUIRE_BROWSER")).as(reason).isNotEqualTo("1");
      System.err.println("SKIPPED: " + reason);
      Assumptions.abort(reason);
    }
    Browser browser =
        new Browser(
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
                        // Each page uses the playground's large compiler for a few seconds.
                        "--js-flags=--liftoff-only",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--user-data-dir=" + profile)));
    browser.screen(1440, 900, "light");
    return browser;
  }

  /** A tab that has seen nothing, on a large, light screen; those before have complained enough. */
  void openTab() {
    driver.switchTo().newWindow(WindowType.TAB);
    screen(1440, 900, "light");
    List<String> unused = complaints();
  }

  /** Ends it with all that runs in it. */
  void closeTab() {
    driver.close();
    driver.switchTo().window(driver.getWindowHandles().iterator().next());
  }

  /**
   * @param colors {@code light} or {@code dark}
   */
  void screen(int width, int height, String colors) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 500));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", colors))));
  }

  WebElement find(String css) {
    return driver.findElement(By.cssSelector(css));
  }

  List<WebElement> all(String css) {
    return driver.findElements(By.cssSelector(css));
  }

  String text(String css) {
    return find(css).getText();
  }

  void click(String css) {
    find(css).click();
  }

  /** Puts text into a field, characters beyond the first 65,536 as well, which cannot be typed. */
  void fill(String css, String text) {
    ((JavascriptExecutor) driver)
        .executeScript("arguments[0].value = arguments[1]", find(css), text);
  }

  void awaitText(String css, String part) {
    try {
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(text(css)).contains(part));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(
          "'%s' has no '%s' at %s; the page says: %s; its complaints: %s"
              .formatted(css, part, driver.getCurrentUrl(), text("body"), complaints()),
          e);
    }
  }

  /** What screen readers call the things on the page that can be used. */
  @SuppressWarnings("unchecked") // as the protocol of the browser says
  List<String> usable() {
    List<String> names = new ArrayList<>();
    Object nodes =
        Objects.requireNonNull(
            driver.executeCdpCommand("Accessibility.getFullAXTree", Map.of()).get("nodes"));
    for (Map<String, Object> node : (List<Map<String, Object>>) nodes) {
      boolean isSeen = !Boolean.TRUE.equals(node.get("ignored"));
      if (isSeen && USABLE.contains(valueOf(node.get("role")))) {
        names.add(valueOf(node.get("name")));
      }
    }
    return names;
  }

  private static String valueOf(@Nullable Object property) {
    return property instanceof Map<?, ?> map && map.get("value") instanceof String text ? text : "";
  }

  /** What the browser has to say about the page, such as a breach of its policy. */
  List<String> complaints() {
    return driver.manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(LogEntry::getMessage)
        .toList();
  }

  void picture(String name) {
    try {
      Files.createDirectories(SCREENSHOTS);
      Files.write(SCREENSHOTS.resolve(name + ".png"), driver.getScreenshotAs(OutputType.BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The page on a wide and on a narrow screen, by day and by night. */
  void pictures(String name) {
    for (String colors : List.of("light", "dark")) {
      screen(390, 844, colors);
      picture(name + "-narrow-" + colors);
      screen(1440, 900, colors);
      picture(name + "-wide-" + colors);
    }
    screen(1440, 900, "light");
  }

  @Override
  public void close() {
    driver.quit();
  }

  private static Optional<Path> command(String name) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }
}
