package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.cloudramp.sandbox.api.Payload;
import org.jspecify.annotations.Nullable;

/**
 * A client that speaks {@code sandbox.v1}, written after docs/protocol.md. Its sockets are made,
 * and broken, by the test. One thread.
 */
final class SessionClient implements AutoCloseable {
  static final int WELCOME = 1;
  static final int RESUMED = 2;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final List<String> heard = new ArrayList<>();
  private final List<String> failed = new ArrayList<>();
  private final SortedMap<Long, String> untaken = new TreeMap<>();
  private Client socket;
  private String id = "";
  private byte[] secret = new byte[32];
  private byte @Nullable [] next;
  private String epoch = "";
  private long offset;
  private long number;
  private int beginning = -1;
  private int resumes;

  private SessionClient(Client socket) {
    this.socket = socket;
  }

  /** Begins a session; the socket has offered the subprotocol. */
  static SessionClient join(Client socket) {
    SessionClient client = new SessionClient(socket);
    socket.say(new byte[] {1});
    client.take(socket.next());
    assertThat(client.beginning).isZero();
    client.socket.say(new byte[] {3});
    return client;
  }

  /** Goes on by way of another socket. */
  SessionClient resume(Client by) {
    socket.close();
    drain();
    return resumeBeside(by);
  }

  /** As above, and does not end the socket before. */
  SessionClient resumeBeside(Client by) {
    askToResume(by);
    take(by.next());
    return this;
  }

  /** As above, and does not wait for the answer: it is among what comes. */
  void askToResume(Client by) {
    socket = by;
    by.say(resumeFrame());
  }

  /** As above, for a server that may close the socket instead of answering; false if it does. */
  boolean tryResume(Client by) {
    drain();
    socket = by;
    by.say(resumeFrame());
    ServersOnRedis.patiently().until(() -> by.isClosed() || !by.rest().isEmpty());
    if (by.rest().isEmpty()) {
      return false;
    }
    take(by.next());
    return true;
  }

  /** What it says when it comes back, the same until it is answered. */
  byte[] resumeFrame() {
    if (next == null) {
      next = new byte[32];
      RANDOM.nextBytes(next);
    }
    return resumeFrame(secret, next);
  }

  byte[] resumeFrame(byte[] with, byte[] then) {
    byte[] name = id.getBytes(StandardCharsets.US_ASCII);
    byte[] log = epoch.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer out = little(1 + 4 + name.length + 64 + 4 + log.length + 8);
    out.put((byte) 2).putInt(name.length).put(name).put(with).put(then);
    out.putInt(log.length).put(log).putLong(offset);
    return written(out);
  }

  /** Asks to be told of messages that fail. */
  void askForFailures() {
    socket.say(new byte[] {4});
  }

  void say(String text) {
    number++;
    untaken.put(number, text);
    send(number, text);
  }

  /** Sends a message under a number of its own. */
  void send(long as, String text) {
    byte[] content = text.getBytes(StandardCharsets.UTF_8);
    socket.say(written(little(9 + content.length).put((byte) 16).putLong(as).put(content)));
  }

  /** It has another socket, by way of which it has asked to go on. */
  SessionClient onTo(Client by) {
    socket = by;
    return this;
  }

  /** Takes frames until that is so. */
  void until(BooleanSupplier isSo) {
    while (!isSo.getAsBoolean()) {
      take(socket.next());
    }
  }

  void await(String text) {
    until(() -> heard.contains(text));
  }

  /** Takes what is there. */
  void drain() {
    int waiting = socket.rest().size();
    for (int i = 0; i < waiting; i++) {
      take(socket.next());
    }
  }

  private void take(Payload frame) {
    assertThat(frame.kind()).isEqualTo(Payload.Kind.BINARY);
    ByteBuffer in = ByteBuffer.wrap(frame.bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN);
    switch (in.get()) {
      case WELCOME -> {
        beginning = in.get();
        id = text(in, in.getInt());
        in.get(secret);
        next = null;
        epoch = text(in, in.getInt());
        offset = in.getLong();
        heard.clear();
      }
      case RESUMED -> {
        beginning = -1;
        resumes++;
        if (next != null) {
          secret = next;
          next = null;
        }
        untaken.headMap(in.getLong() + 1).clear();
        untaken.forEach(this::send);
      }
      case 3 -> {}
      case 4 -> untaken.headMap(in.getLong() + 1).clear();
      case 5 -> offset = Math.max(offset, in.getLong());
      case 6 -> failed.add(in.getLong() + " " + text(in, in.remaining()));
      case 16 -> {
        long at = in.getLong();
        assertThat(at).as("none twice, none out of order").isGreaterThan(offset);
        offset = at;
        heard.add(text(in, in.remaining()));
      }
      default -> throw new AssertionError("unknown frame");
    }
  }

  /** The messages among the frames that wait at a socket that was given up. */
  static List<String> messages(Client given) {
    List<String> messages = new ArrayList<>();
    for (Payload frame : given.rest()) {
      ByteBuffer in = ByteBuffer.wrap(frame.bytes().toArray()).order(ByteOrder.LITTLE_ENDIAN);
      if (in.get() == 16) {
        in.getLong();
        messages.add(text(in, in.remaining()));
      }
    }
    return messages;
  }

  private static String text(ByteBuffer in, int length) {
    byte[] text = new byte[length];
    in.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static byte[] written(ByteBuffer out) {
    byte[] bytes = new byte[out.position()];
    out.flip().get(bytes);
    return bytes;
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Why the session began; -1 if it goes on. */
  int beginning() {
    return beginning;
  }

  /** Takes all for its own that another has been given of its session. */
  void beginAs(SessionClient other) {
    id = other.id;
    secret = other.secret.clone();
    next = null;
    epoch = other.epoch;
    offset = other.offset;
  }

  int resumes() {
    return resumes;
  }

  String id() {
    return id;
  }

  byte[] secret() {
    return secret.clone();
  }

  long offset() {
    return offset;
  }

  void offset(long other) {
    offset = other;
  }

  String epoch() {
    return epoch;
  }

  void epoch(String other) {
    epoch = other;
  }

  /** What was heard since the session began. */
  List<String> heard() {
    return List.copyOf(heard);
  }

  /** The numbers of messages that failed, and why. */
  List<String> failed() {
    return List.copyOf(failed);
  }

  int untaken() {
    return untaken.size();
  }

  Client socket() {
    return socket;
  }

  @Override
  public void close() {
    socket.close();
  }
}
