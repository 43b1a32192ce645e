package org.cloudramp.sandbox.core.recording;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.recording.RecordedCall.Answer;
import org.cloudramp.sandbox.core.recording.RecordedHook.Outcome;
import org.cloudramp.sandbox.core.recording.RecordedRun.End;
import org.jspecify.annotations.Nullable;

/**
 * What a room did, as a file tells it.
 *
 * @param service whose room
 * @param room which
 * @param written when the file was made
 * @param hooks the oldest first; never none, and a replay can begin with the first
 */
public record Recording(ServiceId service, RoomId room, Instant written, List<RecordedHook> hooks) {
  /** A larger file is none that a server hands out. */
  public static final int MAX_BYTES = 32 << 20;

  /** Copies the list. */
  public Recording {
    hooks = List.copyOf(hooks);
  }

  /**
   * Reads a file. Every length and count is checked before anything is allocated for it; what is
   * read takes a few times the size of the file.
   *
   * @throws RecordingException if it is no recording, not a whole one, or of a later version
   */
  public static Recording read(byte[] file) {
    if (file.length > MAX_BYTES) {
      throw new RecordingException(
          "the file has %d bytes; a recording has at most %d".formatted(file.length, MAX_BYTES));
    }
    return new Reader(file).recording();
  }

  /** Reads one file. */
  private static final class Reader {
    private final ByteBuffer input;

    private final List<RecordedHook> hooks = new ArrayList<>();
    private @Nullable RecordedModule module;
    private int missed;
    private @Nullable RecordedImage image;

    Reader(byte[] file) {
      this.input = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    }

    Recording recording() {
      byte[] magic = new byte[RecordingFormat.MAGIC.length];
      if (input.remaining() < magic.length) {
        throw new RecordingException("the file is no recording of a room");
      }
      input.get(magic);
      if (!Arrays.equals(magic, RecordingFormat.MAGIC)) {
        throw new RecordingException("the file is no recording of a room");
      }
      int version = i32();
      if (version != RecordingFormat.VERSION) {
        throw new RecordingException(
            "the recording is of version %d of the format; this reads version %d"
                .formatted(version, RecordingFormat.VERSION));
      }
      ServiceId service = named(() -> new ServiceId(string()));
      RoomId room = named(() -> new RoomId(string()));
      Instant written = Instant.ofEpochMilli(i64());
      while (!readItem()) {
        // Until the end is read.
      }
      return new Recording(service, room, written, hooks);
    }

    /** Returns whether it was the last. */
    private boolean readItem() {
      int kind = u8();
      int size = length();
      int end = input.position() + size;
      int whole = input.limit();
      input.limit(end);
      switch (kind) {
        case RecordingFormat.MODULE -> module();
        case RecordingFormat.MISSED -> missed = count(Integer.MAX_VALUE);
        case RecordingFormat.IMAGE -> image();
        case RecordingFormat.HOOK -> hook();
        case RecordingFormat.END -> {
          int said = i32();
          if (said != hooks.size() || hooks.isEmpty()) {
            throw broken("it says that it has %d hooks, and has %d".formatted(said, hooks.size()));
          }
        }
        default -> {}
      }
      input.limit(whole);
      input.position(end); // what a later version adds is passed over
      if (kind == RecordingFormat.END && end != whole) {
        throw broken("something follows its end");
      }
      return kind == RecordingFormat.END;
    }

    private void module() {
      Digest digest = named(() -> new Digest(string()));
      int memoryPages = i32();
      int requestBytes = i32();
      boolean keepsMemory = u8() != 0;
      if (memoryPages < 1 || memoryPages > 65_535 || requestBytes < 0) {
        throw broken("a module has limits that no host gives");
      }
      int count = count(input.remaining() / Integer.BYTES);
      List<String> functions = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        functions.add(string());
      }
      module = new RecordedModule(digest, memoryPages, requestBytes, keepsMemory, functions);
    }

    private void image() {
      Bytes globals = bytes();
      int pages = i32();
      Bytes memory = bytes();
      if (pages < 1 || pages > RecordedImage.MAX_PAGES || globals.size() % 8 != 0) {
        throw broken("an image of a room's memory has a size that no room has");
      }
      image = new RecordedImage(globals, pages, memory);
    }

    private void hook() {
      RecordedModule ran = module;
      if (ran == null) {
        throw broken("a hook comes before any module");
      }
      boolean isFresh = u8() != 0;
      int count = count(2);
      if (count == 0) {
        throw broken("a hook has run nothing");
      }
      List<RecordedRun> runs = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        runs.add(run(ran));
      }
      Outcome outcome = choice(Outcome.values(), Outcome::number);
      RecordedHook hook =
          new RecordedHook(
              ran, isFresh, missed, Optional.ofNullable(image), runs, outcome, string());
      if (!hook.isAnchor() && (hooks.isEmpty() || missed > 0)) {
        throw broken("hook %d begins in a memory that is not told".formatted(hooks.size() + 1));
      }
      hooks.add(hook);
      missed = 0;
      image = null;
    }

    private RecordedRun run(RecordedModule ran) {
      String hook = string();
      Bytes event = bytes();
      int count = count(input.remaining() / (2 * Integer.BYTES + 1));
      List<RecordedCall> calls = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        calls.add(call(ran));
      }
      return new RecordedRun(hook, event, calls, choice(End.values(), End::number), string());
    }

    private RecordedCall call(RecordedModule ran) {
      int function = i32();
      if (function < 0 || function >= ran.functions().size()) {
        throw broken("a call is of function %d of %d".formatted(function, ran.functions().size()));
      }
      Bytes request = bytes();
      int kind = u8();
      Answer answer =
          switch (kind) {
            case RecordingFormat.RESPONSE -> new Answer.Response(bytes());
            case RecordingFormat.FAILED -> new Answer.Failed(errorCode(), string());
            case RecordingFormat.ENDED -> new Answer.Ended();
            default -> throw broken("an answer is of kind %d".formatted(kind));
          };
      return new RecordedCall(ran.functions().get(function), request, answer);
    }

    private int errorCode() {
      int code = i32();
      if (code < 1 || (code > 8 && code < 64)) {
        throw broken("an error has the code %d, which no host function has".formatted(code));
      }
      return code;
    }

    private <T> T choice(T[] values, ToIntFunction<T> numberOf) {
      int number = u8();
      for (T value : values) {
        if (numberOf.applyAsInt(value) == number) {
          return value;
        }
      }
      throw broken("nothing ends with the number %d".formatted(number));
    }

    private <T> T named(Supplier<T> name) {
      try {
        return name.get();
      } catch (IllegalArgumentException e) {
        throw broken(String.valueOf(e.getMessage()));
      }
    }

    private int u8() {
      require(1);
      return input.get() & 0xff;
    }

    private int i32() {
      require(Integer.BYTES);
      return input.getInt();
    }

    private long i64() {
      require(Long.BYTES);
      return input.getLong();
    }

    private int count(int most) {
      int count = i32();
      if (count < 0 || count > most) {
        throw broken("a count of %d is not possible".formatted(Integer.toUnsignedLong(count)));
      }
      return count;
    }

    private int length() {
      int length = i32();
      if (length < 0 || length > input.remaining()) {
        throw broken(
            "%d bytes are said to follow, and %d do"
                .formatted(Integer.toUnsignedLong(length), input.remaining()));
      }
      return length;
    }

    private Bytes bytes() {
      byte[] content = new byte[length()];
      input.get(content);
      return Bytes.adopt(content);
    }

    private String string() {
      byte[] content = bytes().toArray();
      try {
        return StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(content))
            .toString();
      } catch (CharacterCodingException e) {
        throw broken("a text is not well-formed UTF-8");
      }
    }

    private void require(int size) {
      if (input.remaining() < size) {
        throw broken("it ends in the middle");
      }
    }

    private RecordingException broken(String what) {
      return new RecordingException(
          "the recording cannot be read at byte %d: %s".formatted(input.position(), what));
    }
  }
}
