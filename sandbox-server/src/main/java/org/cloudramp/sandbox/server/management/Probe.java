package org.cloudramp.sandbox.server.management;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one part of the server whether it answers, so that no number of those who want to know makes
 * more work than one. Thread-safe.
 *
 * <ol>
 *   <li>Whoever asks within a second of an answer gets that one.
 *   <li>Whoever asks while the part is being asked waits for the same answer.
 *   <li>After {@code patience} the answer is that there is none. The part is not asked again before
 *       it has answered: one question is under way at most, however long it takes.
 * </ol>
 */
public final class Probe implements AutoCloseable {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final String part;
  private final Supplier<? extends CompletionStage<?>> question;
  private final Duration patience;
  private final LongSupplier ticker;
  private final ExecutorService thread;

  // Guarded by this.
  private @Nullable CompletableFuture<Health> latest;
  private boolean isUnderWay;
  private long answeredAt;

  /**
   * How a part is.
   *
   * @param isUp whether it has answered
   * @param trouble why not; empty if it has
   */
  public record Health(boolean isUp, String trouble) {
    static final Health UP = new Health(true, "");
  }

  /**
   * A part that has not been asked yet.
   *
   * @param part what it is called
   * @param question asked on a thread of its own, so it may block; what it throws, or the stage
   *     fails with, is the trouble
   * @param patience how long to wait for the answer
   */
  public Probe(String part, Supplier<? extends CompletionStage<?>> question, Duration patience) {
    this(part, question, patience, System::nanoTime);
  }

  Probe(
      String part,
      Supplier<? extends CompletionStage<?>> question,
      Duration patience,
      LongSupplier ticker) {
    this.part = part;
    this.question = question;
    this.patience = patience;
    this.ticker = ticker;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread made = new Thread(task, "probe-" + part);
              made.setDaemon(true); // it may be stuck in a file system for ever
              return made;
            });
  }

  /** What is asked. */
  String part() {
    return part;
  }

  /** How it is. Never fails, and completes within the patience. */
  CompletableFuture<Health> ask() {
    CompletableFuture<Health> answer;
    synchronized (this) {
      if (latest != null && (isUnderWay || ticker.getAsLong() - answeredAt < FRESH.toNanos())) {
        return latest;
      }
      answer = new CompletableFuture<>();
      latest = answer;
      isUnderWay = true;
    }
    Health none = new Health(false, "no answer within %d ms".formatted(patience.toMillis()));
    CompletableFuture<Health> unused =
        answer.completeOnTimeout(none, patience.toNanos(), TimeUnit.NANOSECONDS);
    thread.execute(() -> ask(answer));
    return answer;
  }

  private void ask(CompletableFuture<Health> answer) {
    try {
      CompletionStage<?> unused =
          question.get().whenComplete((nothing, error) -> answered(answer, error));
    } catch (Throwable e) { // also what a plugin was compiled against and is not there
      answered(answer, e);
    }
  }

  private void answered(CompletableFuture<Health> answer, @Nullable Throwable error) {
    synchronized (this) {
      isUnderWay = false;
      answeredAt = ticker.getAsLong();
    }
    answer.complete(error == null ? Health.UP : new Health(false, trouble(error)));
  }

  private static String trouble(Throwable error) {
    Throwable cause =
        error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  /** Asks nothing more. Idempotent. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
