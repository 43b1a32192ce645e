package org.cloudramp.sandbox.core.recording;

import java.time.Instant;
import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;

/** Writes what {@link Recording} reads. */
final class RecordingWriter {
  private final EntryBuffer output = new EntryBuffer(Integer.MAX_VALUE - 8, more -> true);

  private RecordingWriter() {}

  static Bytes write(RoomAddress address, Instant time, List<RoomRing.Item> items) {
    RecordingWriter writer = new RecordingWriter();
    writer
        .output
        .raw(RecordingFormat.MAGIC)
        .i32(RecordingFormat.VERSION)
        .string(address.service().value())
        .string(address.room().value())
        .i64(time.toEpochMilli());
    RecordedModule module = null;
    for (RoomRing.Item item : items) {
      if (!item.entry().module().equals(module)) {
        module = item.entry().module();
        writer.module(module);
      }
      writer.hook(item);
    }
    writer.item(
        RecordingFormat.END, new EntryBuffer(Integer.BYTES, more -> true).i32(items.size()));
    return Bytes.adopt(writer.output.toArray());
  }

  private void module(RecordedModule module) {
    EntryBuffer content = content();
    content
        .string(module.digest().hex())
        .i32(module.memoryPages())
        .i32(module.requestBytes())
        .u8(module.keepsMemory() ? 1 : 0)
        .i32(module.functions().size());
    module.functions().forEach(content::string);
    item(RecordingFormat.MODULE, content);
  }

  private void hook(RoomRing.Item item) {
    if (item.missed() > 0) {
      item(RecordingFormat.MISSED, content().i32(item.missed()));
    }
    RecordedImage image = item.entry().image();
    if (image != null) {
      item(
          RecordingFormat.IMAGE,
          content().bytes(image.globals()).i32(image.pages()).bytes(image.memory()));
    }
    output.u8(RecordingFormat.HOOK).bytes(item.entry().content());
  }

  private static EntryBuffer content() {
    return new EntryBuffer(Integer.MAX_VALUE - 8, more -> true);
  }

  private void item(int kind, EntryBuffer content) {
    output.u8(kind).bytes(content.toArray());
  }
}
