package org.cloudramp.sandbox.core.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.store.layout.EntryNames;
import org.cloudramp.sandbox.api.store.layout.Pointer;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.S3Bucket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.sync.RequestBody;

/** What rooms notice when the bucket is away, or holds what it should not. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class BucketOutageTest {
  private static final ServiceId SERVICE = new ServiceId("echo");
  private static final ServiceId UNKNOWN = new ServiceId("never-asked-for");
  private static final ConnectionId ANN = new ConnectionId("ann");
  private static final byte[] ECHO = Guests.wasm("echo");
  private static final byte[] COUNT = Guests.wasm("count");
  private static final ModuleVersion ECHO_VERSION = new ModuleVersion(SERVICE, Digest.of(ECHO));

  @RegisterExtension static final S3Bucket S3 = new S3Bucket("modules");

  private final String prefix = UUID.randomUUID() + "/";

  private Sandbox sandbox() {
    Map<String, String> settings = new HashMap<>();
    settings.put("store", "s3");
    settings.put("store.s3.bucket", S3.name());
    settings.put("store.s3.prefix", prefix);
    settings.put("store.s3.endpoint", S3.front().endpoint().toString());
    settings.put("refresh", "100ms");
    Rooms rooms = new Rooms();
    return Sandbox.builder().settings(settings).extension(rooms).build();
  }

  private static CompletableFuture<HookResult> say(Sandbox sandbox, ServiceId service) {
    return sandbox
        .dispatch(
            new HookCall.Message(
                new RoomAddress(service, new RoomId("lobby")), ANN, Payload.text("hello")))
        .toCompletableFuture();
  }

  private static Digest versionThatAnswers(Sandbox sandbox) throws Exception {
    HookResult result = say(sandbox, SERVICE).get(30, TimeUnit.SECONDS);
    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    return result.version().digest();
  }

  @Test
  void whatIsLoadedGoesOnWhileTheBucketIsAwayAndAllIsWellWhenItIsBack() throws Exception {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream errorOutput = System.err;
    try (Sandbox sandbox = sandbox()) {
      sandbox.publish(SERVICE, ECHO);
      assertThat(versionThatAnswers(sandbox)).isEqualTo(Digest.of(ECHO));
      System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
      S3.front().goAway();

      Awaitility.await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () -> {
                assertThat(versionThatAnswers(sandbox)).isEqualTo(Digest.of(ECHO));
                return log.toString(StandardCharsets.UTF_8)
                    .contains("store 's3' did not say which version of service 'echo' is live");
              });
      assertUnavailable(() -> sandbox.publish(SERVICE, COUNT));
      assertUnavailable(() -> sandbox.rollback(SERVICE));
      assertUnavailable(() -> sandbox.versions(SERVICE));
      assertThatThrownBy(() -> say(sandbox, UNKNOWN).get(1, TimeUnit.MINUTES))
          .cause()
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("never-asked-for");
      assertThat(versionThatAnswers(sandbox)).isEqualTo(Digest.of(ECHO));

      S3.front().comeBack();

      sandbox.publish(SERVICE, COUNT);
      assertThat(versionThatAnswers(sandbox)).isEqualTo(Digest.of(COUNT));
      try (Sandbox other = sandbox()) {
        other.rollback(SERVICE);
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> versionThatAnswers(sandbox).equals(Digest.of(ECHO)));
    } finally {
      System.setErr(errorOutput);
      errorOutput.print(log.toString(StandardCharsets.UTF_8));
    }
  }

  private static void assertUnavailable(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StoreException.class,
            e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.UNAVAILABLE))
        .hasMessageContaining("s3://modules/")
        .hasMessageContaining("echo");
  }

  @Test
  void aTruncatedModuleIsNotRun() throws Exception {
    publishElsewhere();
    put(EntryNames.binary(ECHO_VERSION), Arrays.copyOf(ECHO, ECHO.length - 10));

    assertNotRun(ModuleException.Kind.INTEGRITY);
  }

  @Test
  void aModuleWithAnotherDigestIsNotRun() throws Exception {
    publishElsewhere();
    put(EntryNames.binary(ECHO_VERSION), COUNT);

    assertNotRun(ModuleException.Kind.INTEGRITY);
  }

  @Test
  void aPointerToNothingIsToldByTheNameOfTheService() throws Exception {
    publishElsewhere();
    Pointer nowhere = Pointer.first(Digest.of(new byte[] {1}), Instant.now());
    put(EntryNames.pointer(SERVICE), nowhere.encode());

    assertNotRun(ModuleException.Kind.NOT_FOUND);
  }

  @Test
  void aPointerThatIsNoneIsToldByTheNameOfTheService() throws Exception {
    publishElsewhere();
    put(EntryNames.pointer(SERVICE), "digest: ../../etc/passwd".getBytes(StandardCharsets.UTF_8));

    assertNotRun(ModuleException.Kind.INTEGRITY);
  }

  private void publishElsewhere() {
    try (Sandbox elsewhere = sandbox()) {
      elsewhere.publish(SERVICE, ECHO);
    }
  }

  /** And the same server recovers when somebody has published the service anew. */
  private void assertNotRun(ModuleException.Kind kind) throws Exception {
    try (Sandbox sandbox = sandbox()) {
      assertThatThrownBy(() -> say(sandbox, SERVICE).get(1, TimeUnit.MINUTES))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              ModuleException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
          .hasMessageContaining("echo");

      publishElsewhere();

      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptionsInstanceOf(ExecutionException.class)
          .until(() -> versionThatAnswers(sandbox).equals(Digest.of(ECHO)));
    }
  }

  /** Behind the store's back. */
  private void put(String name, byte[] content) {
    S3.server()
        .client()
        .putObject(put -> put.bucket(S3.name()).key(prefix + name), RequestBody.fromBytes(content));
  }
}
