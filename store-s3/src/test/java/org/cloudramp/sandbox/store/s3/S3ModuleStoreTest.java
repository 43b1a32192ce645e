package org.cloudramp.sandbox.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.UUID;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.testkit.servers.S3Bucket;
import org.cloudramp.sandbox.testkit.store.ModuleStoreContract;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.sync.RequestBody;

/** The contract, against a real S3 server, and what is special about this store. */
class S3ModuleStoreTest extends ModuleStoreContract {
  private static final byte[] ONE = {1};
  private static final byte[] TWO = {2};

  @RegisterExtension static final S3Bucket S3 = new S3Bucket("modules");

  private final String prefix = UUID.randomUUID() + "/";

  @Override
  protected ModuleStore openStore() {
    return open(Map.of());
  }

  @Override
  protected void overwrite(ModuleVersion version, byte[] content) {
    put(key(version), content);
  }

  @Override
  protected void remove(ModuleVersion version) {
    S3.server().client().deleteObject(delete -> delete.bucket(S3.name()).key(key(version)));
  }

  @Test
  void isFoundByItsName() {
    assertThat(ServiceLoader.load(ModuleStore.class))
        .anySatisfy(found -> assertThat(found).isInstanceOf(S3ModuleStore.class));
    assertThat(new S3ModuleStore().name()).isEqualTo("s3");
  }

  @Test
  void theBucketReadsAsItsDocumentationSays() {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    store.activate(CHAT, store.publish(CHAT, TWO).digest());

    assertThat(text("chat/current"))
        .contains("\ndigest: " + Digest.of(TWO) + "\nprevious: " + Digest.of(ONE) + "\n")
        .contains("activated: 20");
    assertThat(text("chat/history").lines())
        .satisfiesExactly(
            header -> assertThat(header).startsWith("#"),
            first -> assertThat(first).endsWith("Z " + Digest.of(ONE)),
            second -> assertThat(second).endsWith("Z " + Digest.of(TWO)));
    assertThat(get("chat/versions/" + Digest.of(ONE) + ".wasm")).isEqualTo(ONE);
  }

  @Test
  void storesWithDifferentPrefixesDoNotSeeEachOther() {
    ModuleStore elsewhere = open(Map.of("prefix", prefix + "elsewhere/"));
    ModuleVersion one = store.publish(CHAT, ONE);

    assertThat(elsewhere.versions(CHAT)).isEmpty();
    assertFails(ModuleException.Kind.NOT_FOUND, "chat", () -> elsewhere.load(one));
    elsewhere.close();
  }

  @Test
  void aPointerThatIsTakenAwayIsNoLongerSeen() {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    assertThat(store.current(CHAT)).isPresent();

    S3.server()
        .client()
        .deleteObject(delete -> delete.bucket(S3.name()).key(prefix + "chat/current"));

    assertThat(store.current(CHAT)).isEmpty();
  }

  @Test
  void anUnreadablePointerIsAnErrorUntilItIsActivatedAnew() {
    ModuleVersion one = store.publish(CHAT, ONE);
    put(prefix + "chat/current", "digest: ../../etc/passwd\n".getBytes(StandardCharsets.UTF_8));

    assertFails(ModuleException.Kind.INTEGRITY, "chat/current", () -> store.current(CHAT));

    store.activate(CHAT, one.digest());
    assertThat(store.current(CHAT)).contains(one);
  }

  @Test
  void anUnreadableHistoryIsAnErrorAndIsNotOverwritten() {
    byte[] other = "what is this".getBytes(StandardCharsets.UTF_8);
    put(prefix + "chat/history", other);

    assertFails(ModuleException.Kind.INTEGRITY, "chat/history", () -> store.versions(CHAT));
    assertFails(ModuleException.Kind.INTEGRITY, "chat/history", () -> store.publish(CHAT, TWO));
    assertThat(get("chat/history")).isEqualTo(other);
  }

  @Test
  void whatACrashLeftUnlistedIsNotPublished() {
    ModuleVersion two = new ModuleVersion(CHAT, Digest.of(TWO));
    put(key(two), TWO);

    assertThat(store.versions(CHAT)).isEmpty();
    assertFails(ModuleException.Kind.NOT_FOUND, "chat", () -> store.activate(CHAT, two.digest()));

    store.publish(CHAT, TWO);
    assertThat(store.versions(CHAT)).containsExactly(two);
  }

  @Test
  void aModuleThatNoGateWouldPassIsNotEvenKept() {
    byte[] huge = new byte[Bucket.MAX_OBJECT + 1];

    assertFails(ModuleException.Kind.LIMIT, "chat", () -> store.publish(CHAT, huge));
  }

  @Test
  void aHugeObjectIsRefused() {
    ModuleVersion one = store.publish(CHAT, ONE);
    overwrite(one, new byte[Bucket.MAX_OBJECT + 1]);

    assertFails(ModuleException.Kind.INTEGRITY, "larger than", () -> store.load(one));
  }

  @Test
  void theSameBucketWorksWithChecksumsWhereTheServerKnowsThem() {
    ModuleStore checking = open(Map.of("checksums", "supported"));

    ModuleVersion one = checking.publish(CHAT, ONE);
    checking.activate(CHAT, one.digest());

    assertThat(store.load(store.current(CHAT).orElseThrow())).isEqualTo(ONE);
    checking.close();
  }

  @Test
  void whatIsNoServiceInTheBucketIsNotListed() {
    put(prefix + "README.md", ONE);
    put(prefix + "Not-A-Service/current", ONE);
    put(prefix + ".hidden/current", ONE);
    put(prefix + "chat-2/a-file-of-the-operator", ONE);
    store.publish(CHAT, ONE);

    assertThat(store.services(Optional.empty(), 1)).containsExactly(new ServiceId("chat-2"));
    assertThat(store.services(Optional.empty(), 3)).containsExactly(new ServiceId("chat-2"), CHAT);
  }

  @Test
  void toDeleteAServiceLeavesWhatIsNotTheStores() {
    put(prefix + "chat/a-file-of-the-operator", ONE);
    store.activate(CHAT, store.publish(CHAT, ONE).digest());

    store.delete(CHAT);

    assertThat(get("chat/a-file-of-the-operator")).isEqualTo(ONE);
    assertThat(store.versions(CHAT)).isEmpty();
  }

  @Test
  void moreVersionsThanFitAPageAreDeleted() {
    IntStream.range(0, 1_005)
        .parallel()
        .mapToObj(i -> new ModuleVersion(CHAT, Digest.of(new byte[] {(byte) i, (byte) (i >> 8)})))
        .forEach(version -> put(key(version), ONE));

    store.delete(CHAT);

    assertThat(store.services(Optional.empty(), 1)).isEmpty();
  }

  @Test
  void aMissingBucketIsASettingToPutRight() {
    assertThatThrownBy(() -> open(Map.of("bucket", "no-such-bucket")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("s3://no-such-bucket/")
        .hasMessageContaining("setting");
  }

  @Test
  void aBucketThatIsTakenAwayIsNotTakenForAMissingVersion() {
    S3.server().client().createBucket(create -> create.bucket("short-lived"));
    ModuleStore lost = open(Map.of("bucket", "short-lived"));
    S3.server()
        .client()
        .deleteObject(delete -> delete.bucket("short-lived").key(prefix + ".probe"));
    S3.server().client().deleteBucket(delete -> delete.bucket("short-lived"));

    assertThatThrownBy(() -> lost.load(new ModuleVersion(CHAT, Digest.of(ONE))))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("short-lived")
        .hasMessageContaining("no such bucket");
    lost.close();
  }

  @Test
  void wrongCredentialsAreNamedAndNotShown() {
    String right = System.setProperty("aws.secretAccessKey", "hunter2");
    try {
      assertThatThrownBy(() -> open(Map.of()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("s3://modules/")
          .hasMessageContaining("credentials")
          .hasMessageNotContaining("hunter2");
    } finally {
      System.setProperty("aws.secretAccessKey", right);
    }
  }

  private ModuleStore open(Map<String, String> overrides) {
    Map<String, String> settings = new HashMap<>();
    settings.put("bucket", S3.name());
    settings.put("prefix", prefix);
    settings.put("endpoint", S3.front().endpoint().toString());
    settings.put("timeout", "30s"); // slow machines are not what is tested here
    settings.putAll(overrides);
    S3ModuleStore opened = new S3ModuleStore();
    opened.start(PluginContext.of(settings));
    return opened;
  }

  private String key(ModuleVersion version) {
    return prefix + version.service() + "/versions/" + version.digest() + ".wasm";
  }

  private void put(String key, byte[] content) {
    S3.server()
        .client()
        .putObject(put -> put.bucket(S3.name()).key(key), RequestBody.fromBytes(content));
  }

  private byte[] get(String name) {
    return S3.server()
        .client()
        .getObjectAsBytes(get -> get.bucket(S3.name()).key(prefix + name))
        .asByteArray();
  }

  private String text(String name) {
    return new String(get(name), StandardCharsets.UTF_8);
  }

  private static void assertFails(
      ModuleException.Kind kind, String message, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ModuleException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(message);
  }
}
