package org.cloudramp.sandbox.core.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompileAdmissionTest {
  private static final int LARGE = 4 << 20;
  private static final int SMALL = 10 << 10;

  private final CompileAdmission admission = new CompileAdmission(100L << 20);
  private final CountDownLatch end = new CountDownLatch(1);

  @AfterEach
  void letAllEnd() {
    end.countDown();
  }

  /** A compile that has begun when the result is complete, and ends with the test. */
  private CompletableFuture<Void> begin(int bytes) {
    CompletableFuture<Void> begun = new CompletableFuture<>();
    Runnable compile =
        () ->
            admission.compile(
                bytes,
                () -> {
                  begun.complete(null);
                  try {
                    return end.await(60, TimeUnit.SECONDS);
                  } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                });
    new Thread(compile, "compile").start();
    return begun;
  }

  @Test
  void aModuleLargerThanAllThereIsIsCompiledAlone() throws Exception {
    begin(LARGE).get(60, TimeUnit.SECONDS);

    CompletableFuture<Void> second = begin(LARGE);

    assertThatThrownBy(() -> second.get(200, TimeUnit.MILLISECONDS)).isNotNull();
    end.countDown();
    second.get(60, TimeUnit.SECONDS);
  }

  @Test
  void smallOnesDoNotWaitForLargeOnes() throws Exception {
    begin(LARGE).get(60, TimeUnit.SECONDS);
    CompletableFuture<Void> second = begin(LARGE);

    for (int i = 0; i < 10; i++) {
      begin(SMALL).get(60, TimeUnit.SECONDS);
    }

    assertThat(second).isNotDone();
  }

  @Test
  void aCompileThatFailsGivesItsRoomBack() {
    for (int i = 0; i < 10; i++) {
      assertThatThrownBy(
              () ->
                  admission.compile(
                      LARGE,
                      () -> {
                        throw new IllegalStateException("broken");
                      }))
          .hasMessage("broken");
    }

    assertThat(admission.<String>compile(LARGE, () -> "done")).isEqualTo("done");
  }
}
