package org.cloudramp.sandbox.examples.guests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.abi.FailureCode;
import org.cloudramp.sandbox.host.rooms.RoomConnection;

/**
 * Plays a script of calls in one room of a sandbox, as a server would, and says what came of it in
 * the lines that {@code src/test/conformance/README.md} describes.
 */
final class ScriptedRoom {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final ScriptedSandbox sandbox;
  private final JsonNode script;
  private final RoomAddress address;

  /** Those whose join did not fail, in the order in which they joined. */
  private final List<Line> everybody = new ArrayList<>();

  /** Those who have joined and whose leave has not begun, the first to join first. */
  private final Map<String, Line> present = new LinkedHashMap<>();

  /** What came of the hooks of one call: of the one that was called, and of those that follow. */
  private final List<HookResult> results = new ArrayList<>();

  private ScriptedRoom(ScriptedSandbox sandbox, JsonNode script) {
    this.sandbox = sandbox;
    this.script = script;
    // The guests do not ask where they are, and so each script has keys of its own.
    this.address =
        new RoomAddress(
            sandbox.service(), new RoomId(script.get("room").asText() + "-" + script.get("seed")));
  }

  /** One line for each call, and one for the end. */
  static List<JsonNode> play(ScriptedSandbox sandbox, JsonNode script) throws Exception {
    ScriptedRoom room = new ScriptedRoom(sandbox, script);
    sandbox.setTime(script.get("time").asLong());
    List<JsonNode> lines = new ArrayList<>();
    for (JsonNode call : script.get("calls")) {
      lines.add(room.line(lines.size(), call));
    }
    lines.add(room.end(lines.size()));
    room.closeAll();
    return lines;
  }

  private JsonNode line(int index, JsonNode call) throws Exception {
    results.clear();
    sandbox.takeLog();
    ObjectNode line = JSON.objectNode();
    line.put("index", index).put("call", call.get("call").asText());
    line.put("outcome", perform(call));
    ArrayNode events = line.putArray("events");
    for (HookResult result : results) {
      result.events().forEach(event -> events.add(shown(event)));
      if (result.outcome() instanceof HookOutcome.Failed failed && !line.has("failed")) {
        line.put("outcome", "failed");
        line.put("failed", result.call().hook().export());
        line.put("code", FailureCode.of(failed.cause()).number());
      }
    }
    ArrayNode log = line.putArray("log");
    sandbox.takeLog().forEach(log::add);
    ArrayNode users = line.putArray("users");
    sandbox.rooms().connections(address).forEach(id -> users.add(id.value()));
    return line;
  }

  private String perform(JsonNode call) throws Exception {
    String id = call.path("id").asText();
    Line line = present.get(id);
    switch (call.get("call").asText()) {
      case "join" -> {
        return line == null ? join(id) : "absurd";
      }
      case "message" -> {
        if (line == null) {
          return "absurd";
        }
        HookResult result = run(new HookCall.Message(address, line.id(), payload(call)));
        if (result.outcome() instanceof HookOutcome.Refused refused) {
          refused.close().ifPresent(frame -> line.close(frame.code(), frame.reason()));
        }
      }
      case "leave" -> {
        if (line == null) {
          return "absurd";
        }
        leave(line, call.get("code").asInt(), call.get("reason").asText());
      }
      case "advance" -> sandbox.advance(call.get("milliseconds").asLong());
      case "evict" -> sandbox.evict(address);
      default -> throw new IllegalArgumentException("there is no call " + call);
    }
    leaveWhoWasClosed();
    return "done";
  }

  private String join(String id) throws Exception {
    Line line = new Line(new ConnectionId(id));
    sandbox.rooms().attach(address, line);
    HookResult result = run(new HookCall.Join(address, line.id()));
    if (result.accepted()) {
      present.put(id, line);
    }
    if (!(result.outcome() instanceof HookOutcome.Failed)) {
      everybody.add(line);
    }
    leaveWhoWasClosed();
    return result.accepted() ? "done" : "refused";
  }

  private void leave(Line line, int code, String reason) throws Exception {
    present.remove(line.id().value());
    run(new HookCall.Leave(address, line.id(), code, reason));
  }

  /** As a server does when a socket is closed. A leave that fails keeps nobody from leaving. */
  private void leaveWhoWasClosed() throws Exception {
    Optional<Line> closed = firstClosed();
    while (closed.isPresent()) {
      Close close = closed.get().close.orElseThrow();
      leave(closed.get(), close.code(), close.reason());
      closed = firstClosed();
    }
  }

  private Optional<Line> firstClosed() {
    return present.values().stream().filter(line -> line.close.isPresent()).findFirst();
  }

  private HookResult run(HookCall call) throws Exception {
    HookResult result =
        sandbox.sandbox().dispatch(call).toCompletableFuture().get(60, TimeUnit.SECONDS);
    results.add(result);
    return result;
  }

  private JsonNode end(int index) throws Exception {
    ObjectNode end = JSON.objectNode();
    end.put("index", index).put("call", "end");
    ArrayNode received = end.putArray("received");
    for (Line line : everybody) {
      ArrayNode data = received.addObject().put("id", line.id().value()).putArray("data");
      line.received.forEach(payload -> show(payload, data.addObject()));
    }
    List<String> names = new ArrayList<>();
    script.get("keys").forEach(key -> names.add(key.asText()));
    Map<String, Bytes> held = sandbox.read(address, names);
    ObjectNode keys = end.putObject("keys");
    names.forEach(key -> keys.put(key, held.containsKey(key) ? held.get(key).utf8() : null));
    return end;
  }

  private void closeAll() throws Exception {
    for (Line line : List.copyOf(present.values())) {
      leave(line, 1001, "");
    }
  }

  private static Payload payload(JsonNode call) {
    return call.has("text")
        ? Payload.text(call.get("text").asText())
        : Payload.binary(Base64.getDecoder().decode(call.get("base64").asText()));
  }

  private static JsonNode shown(Event event) {
    ObjectNode shown = JSON.objectNode().put("type", event.type());
    switch (event.type()) {
      case "room.broadcast" -> {
        ArrayNode except = show(event.payload(), shown).putArray("except");
        event.emission().except().forEach(id -> except.add(id.value()));
      }
      case "room.sendTo" -> {
        ArrayNode to = show(event.payload(), shown).putArray("to");
        event.connections().forEach(id -> to.add(id.value()));
      }
      case "conn.send" ->
          show(event.payload(), shown).put("to", event.connections().get(0).value());
      case "conn.close" -> {
        String[] codeAndReason = event.payload().text().split(" ", 2);
        shown.put("to", event.connections().get(0).value());
        shown.put("code", Integer.parseInt(codeAndReason[0])).put("reason", codeAndReason[1]);
      }
      case "conn.setState" -> {
        String[] ofAndState = event.payload().text().split(" ", 2);
        shown.put("of", ofAndState[0]).put("state", ofAndState[1]);
      }
      default -> throw new IllegalArgumentException("no script asks for " + event);
    }
    return shown;
  }

  private static ObjectNode show(Payload payload, ObjectNode into) {
    return payload.kind() == Payload.Kind.TEXT
        ? into.put("text", payload.text())
        : into.put("base64", Base64.getEncoder().encodeToString(payload.bytes().toArray()));
  }

  private record Close(int code, String reason) {}

  /** A connection that takes what comes until it is closed; the first close counts. */
  private static final class Line implements RoomConnection {
    private final ConnectionId id;
    private final List<Payload> received = new ArrayList<>();
    private Optional<Close> close = Optional.empty();

    Line(ConnectionId id) {
      this.id = id;
    }

    @Override
    public ConnectionId id() {
      return id;
    }

    @Override
    public synchronized boolean send(Payload payload) {
      return close.isEmpty() && received.add(payload);
    }

    @Override
    public synchronized void close(int code, String reason) {
      if (close.isEmpty()) {
        close = Optional.of(new Close(code, reason));
      }
    }
  }
}
