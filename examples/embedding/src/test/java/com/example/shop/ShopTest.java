package com.example.shop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShopTest {
  private static final Path ASSISTANT = Path.of("room/build/assistant.wasm");

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void answersWhatThingsCost(String engine) throws Exception {
    Customer ann = new Customer("ann");
    try (Shop shop = new Shop(engine, Files.readAllBytes(ASSISTANT))) {
      assertTrue(shop.enter(ann).toCompletableFuture().get(30, TimeUnit.SECONDS));

      shop.ask(ann.id(), "tea").toCompletableFuture().get(30, TimeUnit.SECONDS);
      shop.ask(ann.id(), "gold").toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    assertEquals(List.of("tea: 250", "gold: we do not have that"), ann.heard);
  }

  @Test
  void runsFromTheCommandLine() throws Exception {
    PrintStream before = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      Shop.main(ASSISTANT.toString(), "coffee");
    } finally {
      System.setOut(before);
    }

    assertEquals("coffee: 320", printed.toString(StandardCharsets.UTF_8).strip());
  }

  private static final class Customer implements RoomConnection {
    private final ConnectionId id;
    final List<String> heard = new CopyOnWriteArrayList<>();

    Customer(String name) {
      id = new ConnectionId(name);
    }

    @Override
    public ConnectionId id() {
      return id;
    }

    @Override
    public boolean send(Payload payload) {
      return heard.add(payload.text());
    }

    @Override
    public void close(int code, String reason) {}
  }
}
