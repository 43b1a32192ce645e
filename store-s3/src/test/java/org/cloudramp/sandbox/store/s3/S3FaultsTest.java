package org.cloudramp.sandbox.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.store.layout.Pointer;
import org.cloudramp.sandbox.testkit.servers.Ports;
import org.cloudramp.sandbox.testkit.servers.S3Bucket;
import org.cloudramp.sandbox.testkit.servers.S3Front;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.sync.RequestBody;

/** What happens when the server, or the way to it, is not well. */
class S3FaultsTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final byte[] ONE = {1, 2, 3, 4};
  private static final byte[] TWO = {5, 6, 7, 8};
  private static final ModuleVersion VERSION_TWO = new ModuleVersion(CHAT, Digest.of(TWO));

  @RegisterExtension static final S3Bucket S3 = new S3Bucket("modules");

  private final String prefix = UUID.randomUUID() + "/";
  private final S3ModuleStore store = open(Map.of());
  private final ModuleVersion one = store.publish(CHAT, ONE);

  S3FaultsTest() {
    store.activate(CHAT, one.digest());
    S3.front().seen();
  }

  @AfterEach
  void recover() {
    S3.front().recover();
    store.close();
  }

  @Test
  void aPointerThatHasNotChangedIsNotSentAgain() {
    assertThat(store.current(CHAT)).contains(one);
    assertThat(store.current(CHAT)).contains(one);
    assertThat(store.current(CHAT)).contains(one);

    assertThat(S3.front().seen()).containsExactly("GET 200", "GET 304", "GET 304");

    open(Map.of()).activate(CHAT, store.publish(CHAT, TWO).digest());
    assertThat(store.current(CHAT)).contains(VERSION_TWO);
  }

  @Test
  void aServerThatIsBusyNowAndThenIsNotNoticed() {
    AtomicInteger requests = new AtomicInteger();
    S3.front()
        .fail(
            exchange ->
                requests.getAndIncrement() % 3 != 2
                    && S3Front.error(exchange, 503, "ServiceUnavailable"));

    assertThat(store.load(one)).isEqualTo(ONE);
    assertThat(store.current(CHAT)).contains(one);
    assertThat(store.publish(CHAT, TWO)).isEqualTo(VERSION_TWO);
    store.activate(CHAT, VERSION_TWO.digest());
    assertThat(store.current(CHAT)).contains(VERSION_TWO);
    assertThat(requests).hasValueGreaterThan(12);
  }

  @ParameterizedTest
  @CsvSource({"503, ServiceUnavailable", "500, InternalError"})
  void aServerThatStaysBusyIsATypedErrorUntilItIsBack(int status, String code) {
    S3.front().fail(exchange -> S3Front.error(exchange, status, code));

    assertFails(StoreException.Kind.UNAVAILABLE, "chat/current", () -> store.current(CHAT));
    assertFails(StoreException.Kind.UNAVAILABLE, "chat/versions", () -> store.load(one));
    assertFails(StoreException.Kind.UNAVAILABLE, "chat/", () -> store.publish(CHAT, TWO));
    assertFails(StoreException.Kind.UNAVAILABLE, "chat/", () -> store.activate(CHAT, one.digest()));
    assertThatThrownBy(() -> open(Map.of()))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("s3://modules/");

    S3.front().recover();
    assertThat(store.current(CHAT)).contains(one);
    assertThat(store.load(one)).isEqualTo(ONE);
  }

  @Test
  void aServerThatAlwaysAsksToSlowDownIsATypedErrorToo() {
    S3.front().fail(exchange -> S3Front.error(exchange, 503, "SlowDown"));

    assertFails(StoreException.Kind.UNAVAILABLE, "chat/current", () -> store.current(CHAT));
  }

  @Test
  void anObjectThatBreaksOffIsReadAgain() {
    AtomicInteger requests = new AtomicInteger();
    S3.front().fail(exchange -> requests.getAndIncrement() == 0 && breakOff(exchange));

    assertThat(store.load(one)).isEqualTo(ONE);
    assertThat(requests).hasValue(2);
  }

  @Test
  void anObjectThatAlwaysBreaksOffIsATypedError() {
    S3.front().fail(S3FaultsTest::breakOff);

    assertFails(StoreException.Kind.UNAVAILABLE, "chat/versions", () -> store.load(one));
  }

  @Test
  void aServerThatDoesNotAnswerIsATimeout() {
    S3ModuleStore impatient = open(Map.of("timeout", "200ms"));
    CountDownLatch done = new CountDownLatch(1);
    S3.front()
        .fail(
            exchange -> {
              try {
                return !done.await(1, TimeUnit.MINUTES);
              } catch (InterruptedException e) {
                throw new IOException(e);
              }
            });

    assertFails(StoreException.Kind.TIMEOUT, "chat/current", () -> impatient.current(CHAT));

    done.countDown();
    S3.front().recover();
    assertThat(store.current(CHAT)).contains(one);
    impatient.close();
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    String nowhere = "http://127.0.0.1:" + Ports.free();

    assertThatThrownBy(() -> open(Map.of("endpoint", nowhere)))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining(nowhere);
  }

  @ParameterizedTest
  @CsvSource({
    "301, PermanentRedirect, setting region",
    "400, AuthorizationHeaderMalformed, setting region",
    "403, RequestTimeTooSkewed, clock",
    "403, AccessDenied, credentials",
    "403, InvalidAccessKeyId, credentials",
    "404, NoSuchBucket, settings bucket and endpoint",
  })
  void whatTheOperatorHasToPutRightIsSaid(int status, String code, String advice) {
    S3.front().fail(exchange -> S3Front.error(exchange, status, code));

    assertThatThrownBy(() -> open(Map.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("s3://modules/")
        .hasMessageContaining(advice);
    assertFails(StoreException.Kind.REFUSED, advice, () -> store.load(one));
    assertFails(StoreException.Kind.REFUSED, "chat/current", () -> store.current(CHAT));
  }

  @Test
  void whoeverLosesEveryRaceIsTold() {
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("PUT")
                    && exchange.getRequestURI().getPath().endsWith("/history")
                    && S3Front.error(exchange, 412, "PreconditionFailed"));

    assertFails(StoreException.Kind.CONFLICT, "chat/history", () -> store.publish(CHAT, TWO));
    assertThat(store.versions(CHAT)).containsExactly(one);
  }

  @Test
  void aWriteWhoseAnswerWasLostIsNotTakenForSomebodyElses() {
    ModuleVersion two = store.publish(CHAT, TWO);
    AtomicInteger writes = new AtomicInteger();
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("PUT")
                    && writes.getAndIncrement() == 0
                    && S3.front().carryOutAndFail(exchange));

    store.activate(CHAT, two.digest());

    assertThat(store.current(CHAT)).contains(two);
    assertThat(S3.front().seen()).contains("PUT 200", "PUT 412");
  }

  @Test
  void aRollbackWhoseAnswerWasLostIsNotTakenForSomebodyElses() {
    store.activate(CHAT, store.publish(CHAT, TWO).digest());
    AtomicInteger writes = new AtomicInteger();
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("PUT")
                    && writes.getAndIncrement() == 0
                    && S3.front().carryOutAndFail(exchange));

    assertThat(store.rollback(CHAT)).isEqualTo(one);

    assertThat(store.current(CHAT)).contains(one);
    assertThat(S3.front().seen()).contains("PUT 200", "PUT 412");
  }

  @Test
  void aRollbackThatSomebodyElseOvertakesIsAConflictAndChangesNothing() {
    store.activate(CHAT, store.publish(CHAT, TWO).digest());
    ModuleVersion three = store.publish(CHAT, new byte[] {3});
    byte[] theirs = Pointer.first(three.digest(), Instant.now()).encode();
    S3.front()
        .fail(
            exchange -> {
              if (exchange.getRequestMethod().equals("PUT")) {
                put("chat/current", theirs);
              }
              return false;
            });

    assertThatThrownBy(() -> store.rollback(CHAT))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.CONFLICT))
        .hasMessageContaining("chat");

    assertThat(store.current(CHAT)).contains(three);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aDeletionThatIsCutOffLeavesNothingLiveWithoutItsBytesAndIsFinishedByAnother(int removed) {
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, two.digest());
    AtomicInteger removals = new AtomicInteger();
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("DELETE")
                    && removals.getAndIncrement() >= removed
                    && S3Front.error(exchange, 503, "ServiceUnavailable"));

    assertFails(StoreException.Kind.UNAVAILABLE, "chat/", () -> store.delete(CHAT));

    S3.front().recover();
    S3ModuleStore another = open(Map.of());
    assertThat(another.current(CHAT)).isEqualTo(removed == 0 ? Optional.of(two) : Optional.empty());
    assertThat(another.versions(CHAT)).hasSize(removed < 2 ? 2 : 0).allSatisfy(another::load);
    assertThat(another.services(Optional.empty(), 10)).containsExactly(CHAT);
    another.delete(CHAT);
    assertThat(another.services(Optional.empty(), 10)).isEmpty();
    assertThat(store.current(CHAT)).isEmpty();
    another.close();
  }

  @Test
  void credentialsThatMayNotRemoveAreNamed() {
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("DELETE")
                    && S3Front.error(exchange, 403, "AccessDenied"));

    assertFails(StoreException.Kind.REFUSED, "remove s3://modules/", () -> store.delete(CHAT));
    assertThat(store.current(CHAT)).contains(one);
  }

  /** Behind the back of the store and of what stands before the server. */
  private void put(String name, byte[] content) {
    S3.server()
        .client()
        .putObject(put -> put.bucket("modules").key(prefix + name), RequestBody.fromBytes(content));
  }

  private static boolean breakOff(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.getResponseHeaders().set("ETag", "\"x\"");
    exchange.sendResponseHeaders(200, ONE.length);
    exchange.getResponseBody().write(ONE, 0, 2);
    exchange.getResponseBody().flush();
    exchange.close();
    return true;
  }

  private S3ModuleStore open(Map<String, String> overrides) {
    Map<String, String> settings = new HashMap<>();
    settings.put("bucket", "modules");
    settings.put("prefix", prefix);
    settings.put("endpoint", S3.front().endpoint().toString());
    settings.put("timeout", "30s"); // slow machines are not what is tested here
    settings.putAll(overrides);
    S3ModuleStore opened = new S3ModuleStore();
    opened.start(PluginContext.of(settings));
    return opened;
  }

  private static void assertFails(StoreException.Kind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining("s3")
        .hasMessageContaining(message);
  }
}
