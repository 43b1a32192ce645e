package org.cloudramp.sandbox.server.management;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.server.management.Probe.Health;
import org.junit.jupiter.api.Test;

class ProbeTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Duration NOTHING = Duration.ofMillis(1);

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger questions = new AtomicInteger();

  @Test
  void whoAsksWithinASecondOfAnAnswerGetsThatOne() {
    try (Probe probe = probe(() -> CompletableFuture.completedFuture(null), LONG)) {
      assertThat(probe.ask().join()).isEqualTo(Health.UP);
      now.addAndGet(Duration.ofMillis(999).toNanos());
      assertThat(probe.ask().join()).isEqualTo(Health.UP);
      assertThat(questions).hasValue(1);

      now.addAndGet(Duration.ofMillis(1).toNanos());

      assertThat(probe.ask().join()).isEqualTo(Health.UP);
      assertThat(questions).hasValue(2);
    }
  }

  @Test
  void allWhoAskWhileThePartIsBeingAskedGetItsOneAnswer() {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    try (Probe probe = probe(() -> answer, LONG)) {
      CompletableFuture<Health> first = probe.ask();
      CompletableFuture<Health> second = probe.ask();
      assertThat(first).isNotDone();

      answer.complete(null);

      assertThat(first.join()).isEqualTo(Health.UP);
      assertThat(second.join()).isEqualTo(Health.UP);
      assertThat(questions).hasValue(1);
    }
  }

  @Test
  void aPartThatDoesNotReturnIsDownAndIsNotAskedAgainBeforeItHasReturned() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch stuck = new CountDownLatch(1);
    CompletableFuture<Void> returned = new CompletableFuture<>();
    Supplier<CompletionStage<?>> question =
        () -> {
          begun.countDown();
          try {
            stuck.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return returned;
        };
    try (Probe probe = probe(question, NOTHING)) {
      Health down = new Health(false, "no answer within 1 ms");
      assertThat(probe.ask().join()).isEqualTo(down);
      begun.await();
      now.addAndGet(LONG.toNanos());
      assertThat(probe.ask().join()).isEqualTo(down);
      assertThat(questions).hasValue(1);

      stuck.countDown();
      returned.complete(null);
    }
  }

  @Test
  void whatThePartThrowsIsTheTrouble() {
    StoreException away = new StoreException(StoreException.Kind.UNAVAILABLE, "it is away");
    Supplier<CompletionStage<?>> throwing =
        () -> {
          throw away;
        };
    try (Probe thrown = probe(throwing, LONG);
        Probe failed = probe(() -> CompletableFuture.failedFuture(away), LONG)) {
      assertThat(thrown.ask().join()).isEqualTo(new Health(false, "it is away"));
      assertThat(failed.ask().join()).isEqualTo(new Health(false, "it is away"));
    }
  }

  private Probe probe(Supplier<? extends CompletionStage<?>> question, Duration patience) {
    return new Probe(
        "part",
        () -> {
          questions.incrementAndGet();
          return question.get();
        },
        patience,
        now::get);
  }
}
