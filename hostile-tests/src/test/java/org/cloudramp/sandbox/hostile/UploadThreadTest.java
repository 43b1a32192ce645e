package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** An upload's first code, {@code _initialize}, runs on a thread that guests may run on. */
@ParameterizedClass(name = "{0}")
@MethodSource("org.cloudramp.sandbox.hostile.AttackedServer#onEachEngine")
@Timeout(60)
class UploadThreadTest {
  private static final int LITTLE_STACK = 256 << 10;

  private final AttackedServer server;

  UploadThreadTest(AttackedServer server) {
    this.server = server;
  }

  @Test
  void publishesFromAThreadWhoseStackIsTooSmallForAGuest() throws Exception {
    CompletableFuture<ModuleVersion> published = new CompletableFuture<>();
    Thread caller =
        new Thread(
            null,
            () -> {
              try {
                published.complete(server.publishEcho());
              } catch (Throwable e) {
                published.completeExceptionally(e);
              }
            },
            "caller",
            LITTLE_STACK);

    caller.start();

    assertThat(published.get().digest()).isNotNull();
    assertThat(server.say("hello").events()).hasSize(1);
  }
}
