package org.cloudramp.sandbox.examples.guests;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.abi.FailureCode;
import org.cloudramp.sandbox.engine.chicory.ChicoryEngine;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The host, {@code docs/abi.md} and what speaks the ABI for programmers have the same error codes.
 */
@Timeout(120)
class ErrorCodesTest {
  private static final ServiceId SERVICE = new ServiceId("chat");
  private static final RoomId ROOM = new RoomId("lobby");

  /** The event of the error: service, room, time and seed stand before the code. */
  private static final int CODE_OFFSET = 8 + 9 + 8 + 8;

  private static final int STORE_FAILED = 6;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 5, STORE_FAILED})
  void onErrorIsToldHowTheHookFailed(int code) throws Exception {
    byte[] wasm = Language.WAT.compile(Path.of("src", "test", "guests", "failing.wat"));
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString(), "limits.time", "1s"))
            .engine(new ChicoryEngine())
            .kv(new AlwaysConflicting())
            .extension(new Rooms())
            .build()) {
      sandbox.publish(SERVICE, wasm);

      byte[] told = fail(sandbox, code);

      assertThat(ByteBuffer.wrap(told).order(ByteOrder.LITTLE_ENDIAN).getInt(CODE_OFFSET))
          .isEqualTo(code);
    }
  }

  @Test
  void onErrorIsToldThatTheKeysOfTheRoomTakeTooMuch() throws Exception {
    byte[] wasm = Language.WAT.compile(Path.of("src", "test", "guests", "failing.wat"));
    Map<String, String> settings =
        Map.of("store.filesystem.folder", folder.toString(), "limits.kvRoomBytes", "10");
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(settings)
            .engine(new ChicoryEngine())
            .extension(new Rooms())
            .build()) {
      sandbox.publish(SERVICE, wasm);

      byte[] told = fail(sandbox, STORE_FAILED);

      assertThat(ByteBuffer.wrap(told).order(ByteOrder.LITTLE_ENDIAN).getInt(CODE_OFFSET))
          .isEqualTo(FailureCode.QUOTA.number());
      assertThat(new String(told, StandardCharsets.UTF_8)).contains("limits.kvRoomBytes allows 10");
    }
  }

  private static byte[] fail(Sandbox sandbox, int code) throws Exception {
    HookResult result =
        sandbox
            .dispatch(
                new HookCall.Message(
                    new RoomAddress(SERVICE, ROOM),
                    new ConnectionId("ann"),
                    Payload.text("fail " + code)))
            .toCompletableFuture()
            .get(60, TimeUnit.SECONDS);
    return result.events().get(0).payload().bytes().toArray();
  }

  @Test
  void failuresOfHooksAreTheSameEverywhere() throws IOException {
    Set<Integer> codes = new TreeSet<>();
    for (FailureCode code : FailureCode.values()) {
      codes.add(code.number());
    }

    assertThat(documented("| code | the hook has failed because |")).isEqualTo(codes);
    String sdk = Files.readString(Path.of("../../sdk-assemblyscript/assembly/hook-error.ts"));
    assertThat(matches(sdk, "^  [A-Z]\\w+ = (\\d+),")).isEqualTo(codes);
    assertThat(matches(line("c/sandbox_room.h", "1 trapped"), "\\b(\\d) ")).isEqualTo(codes);
    assertThat(matches(line("rust/sandbox_room.rs", "1 trapped"), "\\b(\\d) ")).isEqualTo(codes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "../../sdk-assemblyscript/assembly/host-error.ts; ^  [A-Z]\\w+ = (\\d+),",
        "../../sdk-assemblyscript/testing/errors.js;      ^  [a-z]\\w+: (\\d+),",
        "c/sandbox_room.h;                                ^  SANDBOX_[A-Z_]+ = ([1-8]),$",
        "rust/sandbox_room.rs;                            pub const [A-Z_]+: i32 = ([1-8]);",
      })
  void errorsOfHostFunctionsAreTheSameEverywhere(String file, String pattern) throws Exception {
    Set<Integer> codes = new TreeSet<>();
    for (Field field : HostFunctionException.class.getFields()) {
      if (Modifier.isStatic(field.getModifiers())
          && field.getInt(null) != HostFunctionException.FIRST_OF_PLUGINS) {
        codes.add(field.getInt(null));
      }
    }

    assertThat(documented("| code | |"))
        .contains(HostFunctionException.FIRST_OF_PLUGINS)
        .containsAll(codes);
    assertThat(matches(Files.readString(Path.of(file)), pattern)).isEqualTo(codes);
  }

  /** The numbers that begin the rows of a table in the document. */
  private static Set<Integer> documented(String header) throws IOException {
    String document = Files.readString(Path.of("..", "..", "docs", "abi.md"));
    assertThat(document).containsOnlyOnce(header);
    String table = document.substring(document.indexOf(header)).split("\n\n", 2)[0];
    return matches(table, "^\\| (\\d+) ");
  }

  private static String line(String file, String part) throws IOException {
    return Files.readAllLines(Path.of(file)).stream()
        .filter(line -> line.contains(part))
        .findFirst()
        .orElseThrow();
  }

  private static Set<Integer> matches(String text, String pattern) {
    return Pattern.compile(pattern, Pattern.MULTILINE)
        .matcher(text)
        .results()
        .map(match -> Integer.valueOf(match.group(1)))
        .collect(toCollection(TreeSet::new));
  }

  private static final class AlwaysConflicting implements KvStore {
    @Override
    public String name() {
      return "conflicting";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      return CompletableFuture.completedFuture(Map.of());
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      return CompletableFuture.completedFuture(CommitResult.conflict());
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return CompletableFuture.completedFuture(true);
    }
  }
}
