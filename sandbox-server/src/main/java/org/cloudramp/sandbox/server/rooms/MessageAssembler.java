package org.cloudramp.sandbox.server.rooms;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.websocket.ProtocolException;
import org.jspecify.annotations.Nullable;

/**
 * Puts what comes from one connection together to messages. Pieces come from one thread at a time;
 * {@link #drop} may come from any.
 */
final class MessageAssembler {
  /** What a piece takes besides its bytes: the head of an array, and a place in the list. */
  private static final int BYTES_BESIDE = 24;

  /** Pieces of a message need so many bytes each; a few hundred smaller ones do not matter. */
  private static final int MIN_BYTES_OF_PIECE = 64;

  private static final int PIECES_OF_ANY_SIZE = 1_024;

  private final int maxPieces;
  private final ServiceId service;
  private final UnfinishedMessages unfinished;
  private final Consumer<CloseReason> giveUp;

  // Guarded by this.
  private UnfinishedMessages.@Nullable Message message;
  private List<byte[]> kept = List.of();
  private int size;
  private int pieces;
  private boolean dropped;

  /**
   * @param maxBytes of a message
   * @param unfinished where what is here of a message counts
   * @param giveUp is told when there is no place for the message that has begun, or it takes too
   *     long; what was here of it is gone then
   */
  MessageAssembler(
      int maxBytes,
      ServiceId service,
      UnfinishedMessages unfinished,
      Consumer<CloseReason> giveUp) {
    this.maxPieces = Math.max(PIECES_OF_ANY_SIZE, maxBytes / MIN_BYTES_OF_PIECE);
    this.service = service;
    this.unfinished = unfinished;
    this.giveUp = giveUp;
  }

  /**
   * Takes the next piece of a message, whose order and size have been checked.
   *
   * @param isLast whether the message ends with it
   * @return the message that ends with this piece, if one does; it is to be {@linkplain #handOn
   *     handed on} before the next piece
   * @throws ProtocolException if the message comes in more pieces than that many bytes need
   */
  Optional<Payload> add(Payload.Kind kind, byte[] piece, boolean isLast) throws ProtocolException {
    return complete(piece, isLast).map(bytes -> new Payload(kind, Bytes.adopt(bytes)));
  }

  private Optional<byte[]> complete(byte[] piece, boolean isLast) throws ProtocolException {
    UnfinishedMessages.Message begun;
    synchronized (this) {
      if (++pieces > maxPieces) {
        throw ProtocolException.tooBig("a message comes in more than " + maxPieces + " frames");
      }
      if (dropped) {
        return Optional.empty();
      }
      if (isLast && message == null) {
        pieces = 0;
        return Optional.of(piece); // as almost all of them are: nothing is kept
      }
      if (message == null) {
        message = unfinished.begin(service, this::giveUp);
        kept = new ArrayList<>();
      }
      begun = message;
    }
    // Without a lock: to make place, it may tell other connections to give theirs up.
    if (!begun.grow(piece.length + BYTES_BESIDE)) {
      return Optional.empty();
    }
    synchronized (this) {
      if (dropped) {
        return Optional.empty();
      }
      kept.add(piece);
      size += piece.length;
      if (!isLast) {
        return Optional.empty();
      }
      byte[] all = joined();
      kept = List.of();
      size = 0;
      pieces = 0;
      begun.becomeWhole(all.length); // and counts until it is handed on
      return Optional.of(all);
    }
  }

  /** Each byte is copied once, however many pieces there are. */
  private byte[] joined() {
    byte[] all = new byte[size];
    int end = 0;
    for (byte[] piece : kept) {
      System.arraycopy(piece, 0, all, end, piece.length);
      end += piece.length;
    }
    return all;
  }

  /**
   * The message that has ended waits, and counts meanwhile among those that have not ended. If
   * there is no place for it, it is given up.
   */
  void keep(int length) {
    UnfinishedMessages.Message whole;
    synchronized (this) {
      if (dropped || message != null) {
        return; // there is nothing to keep, or it counts already
      }
      whole = unfinished.begin(service, this::giveUp);
      message = whole;
    }
    if (whole.grow(length)) {
      whole.becomeWhole(length);
    }
  }

  /** The message that has ended is handed on, and counts elsewhere. */
  void handOn() {
    synchronized (this) {
      if (message != null) {
        message.end();
        message = null;
      }
    }
  }

  private void giveUp(CloseReason why) {
    drop();
    giveUp.accept(why);
  }

  /** Forgets what is here of a message, and takes nothing more. */
  synchronized void drop() {
    dropped = true;
    forget();
  }

  private void forget() {
    if (message != null) {
      message.end();
      message = null;
    }
    kept = List.of();
    size = 0;
    pieces = 0;
  }
}
