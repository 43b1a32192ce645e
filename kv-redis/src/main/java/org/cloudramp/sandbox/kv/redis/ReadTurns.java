package org.cloudramp.sandbox.kv.redis;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Lets so many reads be under way at a time, for each may bring back a whole log, and after a
 * broken connection all who follow read at once. The others wait for their turn; there is one at
 * most for each who follows. Thread-safe.
 */
final class ReadTurns {
  private final int most;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private int underWay;

  ReadTurns(int most) {
    this.most = most;
  }

  /** Begins a read when it has its turn. */
  <T> CompletionStage<T> take(Supplier<CompletionStage<T>> read) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Runnable turn =
        () -> {
          CompletionStage<T> reading;
          try {
            reading = read.get();
          } catch (RuntimeException refusedAtOnce) {
            reading = CompletableFuture.failedFuture(refusedAtOnce);
          }
          var unused =
              reading.whenComplete(
                  (value, failure) -> {
                    next();
                    if (failure == null) {
                      answer.complete(value);
                    } else {
                      answer.completeExceptionally(failure);
                    }
                  });
        };
    synchronized (this) {
      if (underWay == most) {
        waiting.add(turn);
        return answer;
      }
      underWay++;
    }
    turn.run();
    return answer;
  }

  private void next() {
    Runnable turn;
    synchronized (this) {
      turn = waiting.poll();
      if (turn == null) {
        underWay--;
        return;
      }
    }
    turn.run();
  }
}
