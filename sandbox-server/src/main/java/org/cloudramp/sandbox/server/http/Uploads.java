package org.cloudramp.sandbox.server.http;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Reads the bodies of uploads, many at a time; none of them holds a thread while it comes. Bounded
 * in bytes: of one upload, and of all that are here, from their first byte until they are closed.
 * Bounded in time: an upload that comes too slowly is given up, and when there is no place for
 * another, the slowest makes room. Thread-safe.
 */
public final class Uploads {
  /** Uploads that are here at a time. */
  static final int MAX_AT_ONCE = 256;

  /** So many of the largest uploads fit in at a time. */
  private static final int MAX_LARGEST_AT_ONCE = 8;

  /** An upload of 4 MiB may take about a minute. */
  private static final int MIN_BYTES_A_SECOND = 64 << 10;

  /** A younger one has had no time yet to show how fast it comes. */
  private static final long YOUNG = Duration.ofSeconds(1).toNanos();

  /** Why an upload is not taken. */
  public enum Refusal {
    /** It has more bytes than one may have. */
    TOO_LARGE,
    /** It comes too slowly. */
    TOO_SLOW,
    /** There is no place for it now. */
    BUSY
  }

  /** Who is told what becomes of an upload; one method is called, once. */
  public interface Receiver {
    /** All of it is here. To be closed when it is no longer needed. */
    void received(Upload upload);

    /** It is not taken, and nothing more of it is read. */
    void refused(Refusal refusal);

    /** The client is gone. */
    void failed(Throwable failure);
  }

  private final int maxBytes;
  private final long maxBytesOfAll;
  private final Duration patience;

  // Guarded by this.
  private final Set<Upload> here = new HashSet<>();
  private long bytes;

  /**
   * @param maxBytes of one upload
   * @param patience how long an upload may take however small it is
   */
  public Uploads(int maxBytes, Duration patience) {
    this.maxBytes = maxBytes;
    this.maxBytesOfAll = (long) MAX_LARGEST_AT_ONCE * maxBytes;
    this.patience = patience;
  }

  /** One upload, from its first byte on. */
  public final class Upload implements AutoCloseable {
    private final Request request;
    private final Receiver receiver;
    private final long start = System.nanoTime();
    private final AtomicBoolean settled = new AtomicBoolean();

    // Guarded by the uploads.
    private final List<byte[]> parts = new ArrayList<>();
    private int size;

    private Upload(Request request, Receiver receiver) {
      this.request = request;
      this.receiver = receiver;
    }

    /** All bytes, once it is received. */
    public byte[] bytes() {
      synchronized (Uploads.this) {
        byte[] all = new byte[size];
        int position = 0;
        for (byte[] part : parts) {
          System.arraycopy(part, 0, all, position, part.length);
          position += part.length;
        }
        return all;
      }
    }

    /** Gives its place free. Idempotent. */
    @Override
    public void close() {
      synchronized (Uploads.this) {
        if (here.remove(this)) {
          bytes -= size;
          parts.clear();
          size = 0;
        }
      }
    }

    private void read() {
      while (!settled.get()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this::read);
          return;
        }
        if (Content.Chunk.isFailure(chunk)) {
          if (settle()) {
            close();
            receiver.failed(chunk.getFailure());
          }
          return;
        }
        boolean taken = take(chunk);
        boolean last = chunk.isLast();
        chunk.release();
        if (taken && last && settle()) {
          receiver.received(this);
        }
        if (!taken || last) {
          return;
        }
      }
    }

    private boolean take(Content.Chunk chunk) {
      byte[] part = new byte[chunk.remaining()];
      chunk.getByteBuffer().get(part);
      Refusal refusal = keep(this, part);
      if (refusal != null) {
        refuse(refusal);
        return false;
      }
      return true;
    }

    private void refuse(Refusal refusal) {
      if (settle()) {
        close();
        receiver.refused(refusal);
      }
    }

    private boolean settle() {
      return settled.compareAndSet(false, true);
    }

    private void watch() {
      if (settled.get()) {
        return;
      }
      if (isTooSlow()) {
        refuse(Refusal.TOO_SLOW);
      } else {
        request.getComponents().getScheduler().schedule(this::watch, 1, TimeUnit.SECONDS);
      }
    }

    private boolean isTooSlow() {
      long late = System.nanoTime() - start - patience.toNanos();
      synchronized (Uploads.this) {
        return late > 0 && size < MIN_BYTES_A_SECOND * (late / 1e9);
      }
    }

    /** Bytes for each nanosecond. */
    private double speed() {
      return (double) size / (System.nanoTime() - start);
    }
  }

  /** Reads the body of a request; comes back at once. */
  public void read(Request request, Receiver receiver) {
    if (request.getLength() > maxBytes) {
      receiver.refused(Refusal.TOO_LARGE);
      return;
    }
    Upload upload = new Upload(request, receiver);
    Optional<Upload> slowest = Optional.empty();
    synchronized (this) {
      if (here.size() >= MAX_AT_ONCE) {
        slowest = slowest();
        if (slowest.isEmpty()) {
          upload.settle();
        }
      }
      if (!upload.settled.get()) {
        here.add(upload);
      }
    }
    if (upload.settled.get()) {
      receiver.refused(Refusal.BUSY);
      return;
    }
    slowest.ifPresent(other -> other.refuse(Refusal.BUSY));
    upload.read();
    upload.watch(); // what came at once, as most bodies of requests do, leaves nothing to watch
  }

  private @Nullable Refusal keep(Upload upload, byte[] part) {
    Optional<Upload> slowest = Optional.empty();
    synchronized (this) {
      if (upload.size + part.length > maxBytes) {
        return Refusal.TOO_LARGE;
      }
      if (bytes + part.length > maxBytesOfAll) {
        slowest = slowest();
        if (slowest.isEmpty() || slowest.get() == upload) {
          return Refusal.BUSY;
        }
      }
      if (!here.contains(upload)) {
        return Refusal.BUSY;
      }
      upload.parts.add(part);
      upload.size += part.length;
      bytes += part.length;
    }
    slowest.ifPresent(other -> other.refuse(Refusal.BUSY));
    return null;
  }

  /** Of those that are still coming and have had time to. */
  private synchronized Optional<Upload> slowest() {
    return here.stream()
        .filter(upload -> !upload.settled.get() && System.nanoTime() - upload.start > YOUNG)
        .min(Comparator.comparingDouble(Upload::speed));
  }
}
