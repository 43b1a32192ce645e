package org.cloudramp.sandbox.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.servers.S3Bucket;
import org.cloudramp.sandbox.testkit.servers.S3Front;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the store finds out about its server before anybody uploads anything. */
class S3StartTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final byte[] ONE = {1, 2, 3, 4};

  @RegisterExtension static final S3Bucket S3 = new S3Bucket("modules");

  private final String prefix = UUID.randomUUID() + "/";
  private final List<S3ModuleStore> opened = new ArrayList<>();

  @AfterEach
  void recover() {
    S3.front().recover();
    opened.forEach(S3ModuleStore::close);
  }

  @ParameterizedTest
  @ValueSource(strings = {"required", "supported"})
  void aServerThatDoesNotKnowAwsChunkedTakesUploads(String checksums) {
    S3.front().fail(S3Front::refuseChunks);

    assertWorks(open(Map.of("checksums", checksums)));
  }

  @Test
  void aServerThatTakesNothingButAwsChunkedTakesUploads() {
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("PUT")
                    && !S3Front.isChunked(exchange)
                    && S3Front.error(exchange, 501, "NotImplemented"));

    assertWorks(open(Map.of()));
  }

  @Test
  void awsChunkedIsUsedIfItIsToBe() {
    List<Boolean> chunked = new CopyOnWriteArrayList<>();
    S3.front().fail(exchange -> note(exchange, chunked));

    assertWorks(open(Map.of("chunkedEncoding", "always")));
    assertThat(chunked).isNotEmpty().doesNotContain(false);

    chunked.clear();
    assertWorks(open(Map.of("chunkedEncoding", "never")));
    assertThat(chunked).isNotEmpty().doesNotContain(true);
  }

  @Test
  void aServerThatRefusesTheEncodingThatIsForcedIsNamedWithTheSetting() {
    S3.front().fail(S3Front::refuseChunks);

    assertRefused("setting chunkedEncoding", () -> open(Map.of("chunkedEncoding", "always")));
  }

  @Test
  void aServerThatKeepsOtherBytesThanItIsGivenIsNoStore() {
    S3.front()
        .fail(exchange -> isProbe(exchange, "GET") && answer(exchange, "4;chunk-signature=…"));

    assertRefused("other bytes", () -> open(Map.of()));
  }

  @Test
  void credentialsThatMayOnlyReadAreNamedWithTheSettingThatAllowsIt() {
    S3.front().fail(S3StartTest::refuseWrites);

    assertRefused("setting readOnly", () -> open(Map.of()));
    assertRefused("s3:PutObject", () -> open(Map.of()));
  }

  @Test
  void aServerThatOnlyReadsServesWhatThereIs() {
    S3ModuleStore publisher = open(Map.of());
    ModuleVersion one = publisher.publish(CHAT, ONE);
    publisher.activate(CHAT, one.digest());
    S3.front().fail(S3StartTest::refuseWrites);

    S3ModuleStore reader = open(Map.of("readOnly", "true"));

    assertThat(reader.load(reader.current(CHAT).orElseThrow())).isEqualTo(ONE);
    assertThat(reader.versions(CHAT)).containsExactly(one);
  }

  @Test
  void aStoreThatOnlyReadsAsksTheServerForNoWrite() {
    S3ModuleStore publisher = open(Map.of());
    ModuleVersion one = publisher.publish(CHAT, ONE);
    publisher.activate(CHAT, one.digest());
    publisher.activate(CHAT, publisher.publish(CHAT, new byte[] {5}).digest());
    S3.front().seen();

    S3ModuleStore reader = open(Map.of("readOnly", "true"));

    assertReadsOnly(() -> reader.publish(CHAT, new byte[] {9}));
    assertReadsOnly(() -> reader.activate(CHAT, one.digest()));
    assertReadsOnly(() -> reader.rollback(CHAT));
    assertReadsOnly(() -> reader.delete(CHAT));
    assertThat(reader.services(Optional.empty(), 10)).containsExactly(CHAT);
    assertThat(S3.front().seen()).noneMatch(request -> request.matches("(PUT|DELETE).*"));
  }

  @Test
  void credentialsThatMayNotEvenReadAreRefusedToAStoreThatOnlyReads() {
    S3.front()
        .fail(exchange -> isProbe(exchange, "GET") && S3Front.error(exchange, 403, "AccessDenied"));

    assertRefused("s3:GetObject", () -> open(Map.of("readOnly", "true")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"If-None-Match", "If-Match"})
  void aServerThatIgnoresConditionsOfWritesWouldLoseVersions(String condition) {
    S3.front()
        .fail(
            exchange ->
                isProbe(exchange, "PUT")
                    && exchange.getRequestHeaders().containsKey(condition)
                    && answer(exchange, ""));

    assertRefused("ignores " + condition, () -> open(Map.of()));
    assertThatCode(() -> open(Map.of("readOnly", "true"))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"If-None-Match", "If-Match"})
  void aServerThatRefusesConditionsOfWritesIsNamed(String condition) {
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("PUT")
                    && exchange.getRequestHeaders().containsKey(condition)
                    && S3Front.error(exchange, 501, "NotImplemented"));

    assertRefused("does not take " + condition, () -> open(Map.of()));
  }

  @Test
  void aServerThatIsAwayDuringTheProbeIsNoSettingToPutRight() {
    S3.front()
        .fail(
            exchange ->
                exchange.getRequestMethod().equals("PUT")
                    && S3Front.error(exchange, 503, "ServiceUnavailable"));

    assertThatThrownBy(() -> open(Map.of()))
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("s3://modules/");
  }

  @Test
  void storesThatStartAtTheSameTimeDoNotDisturbEachOther() {
    List<Integer> starts = List.of(1, 2, 3, 4, 5, 6, 7, 8);

    List<S3ModuleStore> stores = starts.parallelStream().map(i -> start(Map.of())).toList();

    opened.addAll(stores);
    stores.forEach(S3StartTest::assertWorks);
  }

  @Test
  void theProbeIsOneObjectHoweverOftenAStoreStarts() {
    open(Map.of());
    open(Map.of());

    assertThat(
            S3.server()
                .client()
                .listObjectsV2(list -> list.bucket(S3.name()).prefix(prefix))
                .contents())
        .singleElement()
        .satisfies(object -> assertThat(object.key()).isEqualTo(prefix + ".probe"));
  }

  private static boolean note(HttpExchange exchange, List<Boolean> chunked) {
    if (exchange.getRequestMethod().equals("PUT")) {
      chunked.add(S3Front.isChunked(exchange));
    }
    return false;
  }

  private static boolean refuseWrites(HttpExchange exchange) throws IOException {
    return !exchange.getRequestMethod().matches("GET|HEAD")
        && S3Front.error(exchange, 403, "AccessDenied");
  }

  private static boolean isProbe(HttpExchange exchange, String method) {
    return exchange.getRequestMethod().equals(method)
        && exchange.getRequestURI().getPath().endsWith("/.probe");
  }

  private static boolean answer(HttpExchange exchange, String content) throws IOException {
    byte[] body = content.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("ETag", "\"x\"");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
    return true;
  }

  private S3ModuleStore open(Map<String, String> overrides) {
    S3ModuleStore store = start(overrides);
    opened.add(store);
    return store;
  }

  private S3ModuleStore start(Map<String, String> overrides) {
    Map<String, String> settings = new HashMap<>();
    settings.put("bucket", S3.name());
    settings.put("prefix", prefix);
    settings.put("endpoint", S3.front().endpoint().toString());
    settings.put("timeout", "30s"); // slow machines are not what is tested here
    settings.putAll(overrides);
    S3ModuleStore store = new S3ModuleStore();
    store.start(PluginContext.of(settings));
    return store;
  }

  private static void assertWorks(S3ModuleStore store) {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());
    assertThat(one.digest()).isEqualTo(Digest.of(ONE));
    assertThat(store.load(store.current(CHAT).orElseThrow())).isEqualTo(ONE);
  }

  private static void assertRefused(String reason, ThrowingCallable start) {
    assertThatThrownBy(start)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("store 's3'")
        .hasMessageContaining("s3://modules/")
        .hasMessageContaining("setting")
        .hasMessageContaining(reason);
  }

  private static void assertReadsOnly(ThrowingCallable write) {
    assertThatThrownBy(write)
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("store 's3'")
        .hasMessageContaining("setting readOnly");
  }
}
