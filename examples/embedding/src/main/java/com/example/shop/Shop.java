package com.example.shop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;

/** An application with a sandbox inside. Thread-safe. */
public final class Shop implements AutoCloseable {
  private static final ServiceId ASSISTANT = new ServiceId("assistant");
  private static final RoomId COUNTER = new RoomId("counter");

  private final Rooms rooms = new Rooms();
  private final Sandbox sandbox;

  /**
   * Opens the shop.
   *
   * @param engine the engine that runs guests; its jar is one of this project's dependencies
   * @param assistant the module that customers talk to
   */
  public Shop(String engine, byte[] assistant) {
    sandbox =
        Sandbox.builder()
            .settings(
                Map.of(
                    "engine", engine,
                    "permissions.prices", "assistant",
                    "limits.time", "2s"))
            .install(new ShopModule())
            .extension(rooms)
            .build();
    sandbox.publish(ASSISTANT, assistant);
  }

  /** Lets a customer in. What the assistant says goes to {@code line}. */
  public CompletionStage<Boolean> enter(RoomConnection line) {
    rooms.attach(new RoomAddress(ASSISTANT, COUNTER), line);
    return sandbox
        .dispatch(new HookCall.Join(new RoomAddress(ASSISTANT, COUNTER), line.id()))
        .thenApply(result -> result.accepted());
  }

  /** A customer asks something. Completes when the answer has been sent. */
  public CompletionStage<Boolean> ask(ConnectionId customer, String question) {
    return sandbox
        .dispatch(new HookCall.Message(new RoomAddress(ASSISTANT, COUNTER), customer, Payload.text(question)))
        .thenApply(result -> result.accepted());
  }

  @Override
  public void close() {
    sandbox.close();
  }

  /** Asks what stands on the command line, after the file of the module, and prints the answers. */
  public static void main(String... arguments) throws IOException {
    ConnectionId customer = new ConnectionId("customer");
    RoomConnection line =
        new RoomConnection() {
          @Override
          public ConnectionId id() {
            return customer;
          }

          @Override
          public boolean send(Payload payload) {
            System.out.println(payload.text());
            return true;
          }

          @Override
          public void close(int code, String reason) {}
        };
    try (Shop shop = new Shop("wasmtime", Files.readAllBytes(Path.of(arguments[0])))) {
      shop.enter(line).toCompletableFuture().join();
      String question =
          java.util.Arrays.stream(arguments).skip(1).collect(Collectors.joining(" "));
      shop.ask(customer, question).toCompletableFuture().join();
    }
  }
}
