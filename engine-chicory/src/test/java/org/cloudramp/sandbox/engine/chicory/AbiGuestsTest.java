package org.cloudramp.sandbox.engine.chicory;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The guests of the testkit that speak guest ABI 1 do what they say. Here and not there, because it
 * takes an engine; with the smallest host that can talk to them.
 */
class AbiGuestsTest {
  private static final Duration PLENTY = Duration.ofSeconds(10);

  private final ChicoryEngine engine = new ChicoryEngine();

  @BeforeEach
  void startEngine() {
    engine.start(PluginContext.empty());
  }

  @AfterEach
  void closeEngine() {
    engine.close();
  }

  @Test
  void echoSaysBackTextAndBinary() {
    Host host = new Host("echo");

    host.run("onMessage", text("c1"), data(0, "hello"));
    host.run("onMessage", text("c1"), data(1, "\1\2\3"));
    host.run("onMessage", text("c1"), data(0, ""));

    assertThat(host.broadcasts).containsExactly("0:hello", "1:\1\2\3", "0:");
  }

  @Test
  void echoAnnouncesWhoComesAndGoes() {
    Host host = new Host("echo");

    host.run("onJoin", text("c1"));
    host.run("onLeave", text("c1"), number(1000), text("bye"));

    assertThat(host.broadcasts).containsExactly("0:+c1", "0:-c1");
  }

  @Test
  void echoTakesAnEventThatFillsItsInboxAndOneThatIsLarger() {
    Host host = new Host("echo");
    int room = host.word(4) - (8 + 6 + 16 + 6 + 5); // the other fields of a message

    host.run("onMessage", text("c1"), data(0, "x".repeat(room)));
    host.run("onMessage", text("c1"), data(0, "y".repeat(room + 1)));
    host.run("onMessage", text("c1"), data(0, "z".repeat(300_000)));

    assertThat(host.broadcasts)
        .containsExactly(
            "0:" + "x".repeat(room), "0:" + "y".repeat(room + 1), "0:" + "z".repeat(300_000));
    assertThat(host.instance.memory().pages()).isEqualTo(5);
  }

  @Test
  void trapDoesWhatItIsTold() {
    assertThat(failure("u", PLENTY).kind()).isEqualTo(GuestException.Kind.TRAPPED);
    assertThat(failure("u", PLENTY)).hasMessageContaining("unreachable");
    assertThat(failure("r", PLENTY)).hasMessageContaining("stack exhausted");
    assertThat(failure("m", PLENTY)).hasMessageContaining("out of bounds memory access");
    assertThat(failure("l", Duration.ofMillis(50)).kind()).isEqualTo(GuestException.Kind.DEADLINE);
  }

  @Test
  void trapBroadcastsBeforeItTraps() {
    Host host = new Host("trap");

    assertThatExceptionOfType(GuestException.class)
        .isThrownBy(() -> host.run("onMessage", text("c1"), data(0, "bang")))
        .withMessageContaining("unreachable");

    assertThat(host.broadcasts).containsExactly("0:bang");
  }

  @Test
  void trapGrowsAsFarAsItMayAndTellsThePages() {
    Host host = new Host("trap");

    host.run("onMessage", text("c1"), data(0, "grow"));

    assertThat(host.broadcasts).containsExactly("0:16");
  }

  @Test
  void trapSaysBackAnythingElseAndReportsFailedHooks() {
    Host host = new Host("trap");

    host.run("onMessage", text("c1"), data(0, "hello"));
    host.run("onMessage", text("c1"), data(0, ""));
    host.run("onError", number(1), text("the guest trapped"), text("onMessage"), text("c1"));

    assertThat(host.broadcasts).containsExactly("0:hello", "0:", "0:!onMessage");
  }

  @Test
  void refuseRefusesWhoBeginsWithX() {
    Host host = new Host("refuse");

    host.run("onJoin", text("xavier"));
    assertThat(host.word(12)).isEqualTo(1);
    host.run("onJoin", text("yvonne"));
    assertThat(host.word(12)).isZero();
    host.run("onJoin", text(""));
    assertThat(host.word(12)).isZero();
  }

  private GuestException failure(String order, Duration budget) {
    Host host = new Host("trap");
    try {
      host.call("onMessage", budget, text("c1"), data(0, order));
    } catch (GuestException e) {
      return e;
    }
    throw new AssertionError("'" + order + "' did not fail");
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return little(4 + bytes.length).putInt(bytes.length).put(bytes).array();
  }

  private static byte[] data(int kind, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return little(5 + bytes.length).put((byte) kind).putInt(bytes.length).put(bytes).array();
  }

  private static byte[] number(int number) {
    return little(4).putInt(number).array();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A guest, its mailbox, and what it has broadcast: the kind, a colon, the bytes. */
  private final class Host implements HostImport {
    private final List<String> broadcasts = new ArrayList<>();
    private final Instance instance;
    private final int mailbox;

    private Host(String guest) {
      instance =
          engine.compile(Guests.wasm(guest)).instantiate(List.of(this), new InstanceLimits(16));
      mailbox = (int) instance.function("sandbox_abi_1").orElseThrow().call(PLENTY);
    }

    private void run(String hook, byte[]... fields) {
      call(hook, PLENTY, fields);
    }

    private void call(String hook, Duration budget, byte[]... fields) {
      ByteBuffer event = little(1 << 20);
      event.put(text("chat")).put(text("r1")).putLong(1).putLong(2);
      for (byte[] field : fields) {
        event.put(field);
      }
      byte[] bytes = new byte[event.position()];
      event.get(0, bytes);
      int length = bytes.length;
      Memory memory = instance.memory();
      memory.writeInt(mailbox + 8, length);
      if (length > word(4)) {
        instance.function("sandbox_reserve").orElseThrow().call(PLENTY);
      }
      assertThat(word(4)).isGreaterThanOrEqualTo(length);
      memory.write(word(0), bytes, 0, length);
      memory.writeInt(mailbox + 12, 0);
      instance.function(hook).orElseThrow().call(budget);
    }

    private int word(int offset) {
      return instance.memory().readInt(mailbox + offset);
    }

    @Override
    public FunctionImport target() {
      return new FunctionImport("room", "broadcast", FunctionSignature.NOTHING);
    }

    @Override
    public long call(Memory memory, long... arguments) {
      int length = word(20);
      byte[] request = new byte[length];
      memory.read(word(16), request, 0, length);
      ByteBuffer fields = ByteBuffer.wrap(request).order(ByteOrder.LITTLE_ENDIAN);
      int kind = fields.get();
      byte[] data = new byte[fields.getInt()];
      fields.get(data);
      assertThat(fields.getInt()).as("how many are left out").isZero();
      assertThat(fields.hasRemaining()).isFalse();
      broadcasts.add(kind + ":" + new String(data, UTF_8));
      memory.writeInt(mailbox + 32, 0);
      return 0;
    }
  }
}
