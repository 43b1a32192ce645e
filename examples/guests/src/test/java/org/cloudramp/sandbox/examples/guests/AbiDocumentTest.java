package org.cloudramp.sandbox.examples.guests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.cloudramp.sandbox.engine.chicory.ChicoryEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What {@code docs/abi.md} shows is what happens. */
@Timeout(120)
class AbiDocumentTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final HookCall MESSAGE =
      new HookCall.Message(
          new RoomAddress(CHAT, new RoomId("lobby")),
          new ConnectionId("ann"),
          Payload.text("hi 👋"));

  /** Of service, room and time, which stand before it. */
  private static final int SEED_OFFSET = 8 + 9 + 8;

  private static final Pattern BYTES =
      Pattern.compile("^((?:[0-9a-f]{2} ?)+)(?: |$)", Pattern.MULTILINE);

  @TempDir Path folder;

  @Test
  void theGuestInTheDocumentIsTheGuestAmongTheExamples() throws Exception {
    assertThat(block("wat")).isEqualTo(Files.readString(Language.WAT.chat()));
  }

  @Test
  void theHostWritesTheEventOfTheDocument() throws Exception {
    byte[] mirror = Language.WAT.compile(Path.of("src", "test", "guests", "mirror.wat"));
    HostFunction anything = effect("broadcast").does(call -> {});

    byte[] actual = requestTo(anything, mirror);

    byte[] documented = bytes("hex event");
    Arrays.fill(documented, SEED_OFFSET, SEED_OFFSET + Long.BYTES, (byte) 0);
    Arrays.fill(actual, SEED_OFFSET, SEED_OFFSET + Long.BYTES, (byte) 0);
    assertThat(actual).isEqualTo(documented);
  }

  @Test
  void theGuestAnswersWithTheRequestOfTheDocument() throws Exception {
    HostFunction broadcast =
        effect("broadcast")
            .takes(ValueType.DATA, ValueType.LIST_OF_STRING)
            .does((call, d, e) -> {});

    byte[] actual = requestTo(broadcast, Language.WAT.compileChat());

    assertThat(actual).isEqualTo(bytes("hex request"));
  }

  @Test
  void theLimitsOfTheDocumentAreThoseOfASandboxThatSetsNone() throws Exception {
    Limits limits = Limits.defaults();
    String document = document().replaceAll("\\s+", " ");

    assertThat(document)
        .contains(
            text("%d ms (`limits.time`)", limits.time().toMillis()),
            text("%d s together (`limits.initializeTime`)", limits.initializeTime().toSeconds()),
            text("up to %d times (`limits.attempts`)", limits.attempts()),
            text("%,d (`limits.hostCalls`)", limits.hostCalls()),
            text("%d MiB (`limits.requestBytes`)", limits.requestBytes() >> 20),
            text("%d MiB (`limits.responseBytes`)", limits.responseBytes() >> 20),
            text("%,d (`limits.effects`)", limits.effects()),
            text("%d MiB of requests in all (`limits.effectBytes`)", limits.effectBytes() >> 20),
            text("%d (`limits.kvOperations`)", limits.kvOperations()),
            text("1 to %d bytes (`limits.kvKeyBytes`)", limits.kvKeyBytes()),
            text("%d KiB (`limits.kvValueBytes`)", limits.kvValueBytes() >> 10),
            text("%d MiB (`limits.kvRoomBytes`)", limits.kvRoomBytes() >> 20),
            text("%d MiB (`limits.kvServiceBytes`)", limits.kvServiceBytes() >> 20),
            text("%d lines (`limits.logLines`)", limits.logLines()),
            text("%,d characters (`limits.logLineLength`)", limits.logLineLength()));
  }

  @ParameterizedTest
  @EnumSource
  void theLimitsOfTheGateAreAllInTheDocument(Limit limit) throws Exception {
    String document = document();
    String chapter =
        document.substring(
            document.indexOf("## What the gate refuses"), document.indexOf("## Versions"));

    int value = limit.defaultValue();
    String number =
        switch (limit) {
          case FILE_BYTES -> text("%d MiB", value >> 20);
          case BODY_BYTES -> text("%d KiB", value >> 10);
          default -> text("%,d", value);
        };
    assertThat(chapter).containsPattern("(?<![\\d,])" + number + "(?![\\d,]\\d)");
  }

  private static String text(String format, Object... arguments) {
    return String.format(Locale.ROOT, format, arguments);
  }

  /** What a guest sends to {@code room.broadcast} when it hears the message of the document. */
  private byte[] requestTo(HostFunction function, byte[] guest) throws Exception {
    HostFunctionProvider provider =
        new HostFunctionProvider() {
          @Override
          public String name() {
            return "room";
          }

          @Override
          public List<HostFunction> functions() {
            return List.of(function);
          }
        };
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "5s"))
            .engine(new ChicoryEngine())
            .clock(Clock.fixed(Instant.ofEpochMilli(1_800_000_000_000L), ZoneOffset.UTC))
            .extension(
                new Extension() {
                  @Override
                  public List<HostFunctionProvider> functions() {
                    return List.of(provider);
                  }
                })
            .build()) {
      sandbox.publish(CHAT, guest);
      HookResult result = sandbox.dispatch(MESSAGE).toCompletableFuture().get(60, TimeUnit.SECONDS);
      assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
      // An effect that says nothing of itself is reported with its request.
      return result.events().get(0).payload().bytes().toArray();
    }
  }

  private static byte[] bytes(String language) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BYTES
        .matcher(block(language))
        .results()
        .map(MatchResult::group)
        .forEach(hex -> bytes.writeBytes(HexFormat.of().parseHex(hex.replace(" ", ""))));
    return bytes.toByteArray();
  }

  /** The only block of code of the document that is in {@code language}. */
  private static String block(String language) throws IOException {
    Matcher block =
        Pattern.compile("^```" + language + "\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(document());
    assertThat(block.find()).as("a block of %s", language).isTrue();
    return block.group(1);
  }

  private static String document() throws IOException {
    return Files.readString(Path.of("..", "..", "docs", "abi.md"));
  }
}
