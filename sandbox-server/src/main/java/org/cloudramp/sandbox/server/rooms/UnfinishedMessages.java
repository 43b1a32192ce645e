package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * What all connections together hold of messages that have not ended yet: bounded in bytes, and
 * each in time. When there are too many bytes, the service that has most of them loses the message
 * that was begun first, whoever asks for more; so many connections of one service take nothing from
 * another. Thread-safe.
 */
final class UnfinishedMessages {
  private static final long BETWEEN_LOOKS = 1;

  private final long maxBytes;
  private final Duration patience;

  // Guarded by this. In the order in which they were begun.
  private final Set<Message> messages = new LinkedHashSet<>();
  private final Map<ServiceId, Long> bytesOfService = new HashMap<>();
  private long bytes;
  private boolean looking;

  /**
   * @param maxBytes of all of them
   * @param patience how long one may take
   */
  UnfinishedMessages(long maxBytes, Duration patience) {
    this.maxBytes = maxBytes;
    this.patience = patience;
  }

  /** A message of which a part is here. */
  final class Message {
    private final ServiceId service;
    private final Consumer<CloseReason> giveUp;
    private final long begun = System.nanoTime();

    // Guarded by the messages.
    private long size;

    private Message(ServiceId service, Consumer<CloseReason> giveUp) {
      this.service = service;
      this.giveUp = giveUp;
    }

    /**
     * Asks for more bytes, before they are allocated.
     *
     * @return whether it may have them; if not, it has been given up
     */
    boolean grow(int more) {
      return UnfinishedMessages.this.grow(this, more);
    }

    /** Needs no place any more. Idempotent. */
    void end() {
      remove(this);
    }

    private boolean isLate(long now) {
      return now - begun > patience.toNanos();
    }
  }

  /**
   * Notes that a message has begun.
   *
   * @param giveUp is told when it is not to be finished, and why; at most once, by any thread
   */
  Message begin(ServiceId service, Consumer<CloseReason> giveUp) {
    Message message = new Message(service, giveUp);
    synchronized (this) {
      messages.add(message);
      if (!looking) {
        looking = true;
        lookLater();
      }
    }
    return message;
  }

  private boolean grow(Message message, int more) {
    List<Message> givenUp = new ArrayList<>();
    boolean granted;
    synchronized (this) {
      while (messages.contains(message) && bytes + more > maxBytes) {
        // There is one: at the latest the message that asks.
        Message victim = firstOf(serviceWithMost(message)).orElse(message);
        remove(victim);
        givenUp.add(victim);
      }
      granted = messages.contains(message);
      if (granted) {
        message.size += more;
        add(message.service, more);
      }
    }
    givenUp.forEach(victim -> victim.giveUp.accept(CloseReason.tooManyUnfinished()));
    return granted;
  }

  private ServiceId serviceWithMost(Message other) {
    return bytesOfService.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(other.service);
  }

  private Optional<Message> firstOf(ServiceId service) {
    return messages.stream().filter(message -> message.service.equals(service)).findFirst();
  }

  private synchronized void remove(Message message) {
    if (messages.remove(message)) {
      add(message.service, -message.size);
    }
  }

  private void add(ServiceId service, long more) {
    bytes += more;
    bytesOfService.merge(service, more, UnfinishedMessages::sumUnlessZero);
  }

  private static @Nullable Long sumUnlessZero(Long before, Long more) {
    return before + more == 0 ? null : Long.valueOf(before + more);
  }

  private void lookLater() {
    CompletableFuture.delayedExecutor(BETWEEN_LOOKS, TimeUnit.SECONDS).execute(this::look);
  }

  private void look() {
    List<Message> late = new ArrayList<>();
    synchronized (this) {
      long now = System.nanoTime();
      for (Message message : messages) {
        if (!message.isLate(now)) {
          break;
        }
        late.add(message);
      }
      late.forEach(this::remove);
      looking = !messages.isEmpty();
      if (looking) {
        lookLater();
      }
    }
    late.forEach(message -> message.giveUp.accept(CloseReason.unfinished(patience)));
  }

  /** Bytes of all of them. */
  synchronized long bytes() {
    return bytes;
  }
}
