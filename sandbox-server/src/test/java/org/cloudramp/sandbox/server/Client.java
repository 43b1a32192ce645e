package org.cloudramp.sandbox.server;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.Payload;
import org.jspecify.annotations.Nullable;

/** A user: a WebSocket that keeps what it hears. */
final class Client implements WebSocket.Listener, AutoCloseable {
  record Closed(int code, String reason) {}

  private final BlockingQueue<Payload> heard = new LinkedBlockingQueue<>();
  private final CompletableFuture<Closed> closed = new CompletableFuture<>();
  private final StringBuilder text = new StringBuilder();
  private final ByteArrayOutputStream binary = new ByteArrayOutputStream();

  private @Nullable WebSocket socket;
  private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);
  private String id = "";

  private Client() {}

  static Client open(HttpClient http, URI uri, String... headers) {
    Client client = new Client();
    WebSocket.Builder builder = http.newWebSocketBuilder();
    for (int i = 0; i < headers.length; i += 2) {
      builder.header(headers[i], headers[i + 1]);
    }
    client.socket = builder.buildAsync(uri, client).join();
    return client;
  }

  /** Offers subprotocols, the one it likes best first. */
  static Client offer(HttpClient http, URI uri, String... subprotocols) {
    Client client = new Client();
    String[] others = Arrays.copyOfRange(subprotocols, 1, subprotocols.length);
    client.socket =
        http.newWebSocketBuilder()
            .subprotocols(subprotocols[0], others)
            .buildAsync(uri, client)
            .join();
    return client;
  }

  /** Which subprotocol the server speaks; empty if it has said nothing. */
  String subprotocol() {
    return socket().getSubprotocol();
  }

  void learnId(String announcement) {
    if (!announcement.startsWith("+")) {
      throw new AssertionError("not the announcement of a join: " + announcement);
    }
    id = announcement.substring(1);
  }

  String id() {
    return id;
  }

  /** Sends after what was sent before. */
  synchronized void say(String message) {
    sent = sent.thenCompose(before -> socket().sendText(message, true));
  }

  /** Sends after what was sent before. */
  synchronized void say(byte[] message) {
    sent = sent.thenCompose(before -> socket().sendBinary(ByteBuffer.wrap(message), true));
  }

  /** Sends a frame of a text, behind which others have to come. */
  synchronized void begin(String part) {
    sent = sent.thenCompose(before -> socket().sendText(part, false));
  }

  /** Sends one message in two frames, cut after so many characters. */
  synchronized void sayInTwo(String message, int cut) {
    sent =
        sent.thenCompose(before -> socket().sendText(message.substring(0, cut), false))
            .thenCompose(before -> socket().sendText(message.substring(cut), true));
  }

  /** The next message; waits for it. */
  Payload next() {
    try {
      Payload next = heard.poll(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing more was heard; closed: " + closed.getNow(null));
      }
      return next;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** So many next messages; waits for them. */
  List<Payload> next(int number) {
    List<Payload> messages = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      messages.add(next());
    }
    return messages;
  }

  /** Waits until this message comes, and leaves out those before it. */
  void await(String message) {
    while (!next().text().equals(message)) {
      // not yet
    }
  }

  /** What has been heard and not been taken. */
  List<Payload> rest() {
    return List.copyOf(heard);
  }

  /** How the connection was closed; waits for it. */
  Closed closed() {
    try {
      return closed.get(TestServer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException | TimeoutException e) {
      throw new AssertionError("the connection was not closed", e);
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  boolean isClosed() {
    return closed.isDone();
  }

  void leave(int code, String reason) {
    socket().sendClose(code, reason).join();
  }

  /** Is gone without a word. */
  void vanish() {
    socket().abort();
  }

  @Override
  public void close() {
    vanish();
  }

  private WebSocket socket() {
    if (socket == null) {
      throw new IllegalStateException("not open yet");
    }
    return socket;
  }

  @Override
  public void onOpen(WebSocket opened) {
    opened.request(1);
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
    text.append(data);
    if (last) {
      heard.add(Payload.text(text.toString()));
      text.setLength(0);
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
    byte[] part = new byte[data.remaining()];
    data.get(part);
    binary.writeBytes(part);
    if (last) {
      heard.add(Payload.binary(binary.toByteArray()));
      binary.reset();
    }
    from.request(1);
    return null;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
    closed.complete(new Closed(code, reason));
    return null;
  }

  @Override
  public void onError(WebSocket from, Throwable error) {
    closed.completeExceptionally(error);
  }
}
