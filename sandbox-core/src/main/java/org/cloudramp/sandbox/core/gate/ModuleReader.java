package org.cloudramp.sandbox.core.gate;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.cloudramp.sandbox.core.gate.ParsedModule.Items;

/** Reads one module: its header, its sections, and that they come in order and agree. */
final class ModuleReader {
  private static final int MAGIC = 0x6d736100; // \0asm
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 8;

  private static final String NAME_SECTION = "name";

  private final byte[] wasm;
  private final GateLimits limits;
  private final Location location = new Location();
  private final IndexSpaces spaces = new IndexSpaces();
  private final Map<Section, Items> sections = new EnumMap<>(Section.class);
  private final BulkOperations bulkOperations = new BulkOperations();
  private final DeclarationReader declarations;
  private final SegmentReader segments;
  private FunctionNames names = FunctionNames.NONE;

  private ModuleReader(byte[] wasm, GateLimits limits) {
    this.wasm = wasm;
    this.limits = limits;
    declarations = new DeclarationReader(spaces, limits, location);
    segments = new SegmentReader(spaces, limits, location);
  }

  static ParsedModule read(byte[] wasm, GateLimits limits) {
    return new ModuleReader(wasm, limits).read();
  }

  private ParsedModule read() {
    limits.enforce(Limit.FILE_BYTES, wasm.length, location);
    Cursor file = new Cursor(wasm, location);
    header(file);
    Section last = Section.CUSTOM;
    int customSections = 0;
    while (!file.atEnd()) {
      location.enter("section header");
      Section section = section(file, last);
      Cursor content = file.sized("the section");
      if (section == Section.CUSTOM) {
        limits.enforce(Limit.CUSTOM_SECTIONS, ++customSections, location);
        if (content.name(limits).equals(NAME_SECTION)) {
          names = FunctionNames.read(content);
        }
      } else {
        last = section;
        content(section, content);
        if (!content.atEnd()) {
          throw content.malformed(content.remaining() + " bytes are left over");
        }
      }
    }
    location.enter("end of the module");
    agreement(file);
    declarations.indirectCalls();
    int added = ModuleWriter.maxBytesFor(bulkOperations.count());
    limits.enforce(Limit.FILE_BYTES, wasm.length + added, location);
    return new ParsedModule(
        spaces, declarations.imports(), declarations.exports(), sections, bulkOperations, names);
  }

  private static void header(Cursor file) {
    if (file.remaining() < HEADER_BYTES || file.littleEndian32() != MAGIC) {
      throw file.malformed("this is not a WebAssembly module");
    }
    int version = file.littleEndian32();
    if (version != VERSION) {
      throw file.malformed(
          String.format(Locale.ROOT, "version 0x%x of the format is not accepted", version));
    }
  }

  private Section section(Cursor file, Section last) {
    int id = file.u8();
    Section section = Section.withId(id);
    if (section == null) {
      throw file.malformed("section " + id + " is not known");
    }
    location.enter(section.toString());
    if (section == Section.START) {
      throw location.refusal(
          ModuleException.Kind.MALFORMED,
          "code that runs on its own is not accepted, export the start function instead");
    }
    if (section == Section.TAG) {
      throw location.refusal(ModuleException.Kind.MALFORMED, "exceptions are not accepted");
    }
    if (section != Section.CUSTOM && section.compareTo(last) <= 0) {
      throw file.malformed("it comes after the " + last);
    }
    return section;
  }

  private void content(Section section, Cursor content) {
    if (section == Section.DATA_COUNT) {
      segments.dataCount(content);
      return;
    }
    int count = content.count(section == Section.CODE ? "bodies" : "items");
    Items items = new Items(count, content.position(), content.end());
    sections.put(section, items);
    switch (section) {
      case TYPE -> declarations.types(content, count);
      case IMPORT -> declarations.imports(content, count);
      case FUNCTION -> declarations.functions(content, count);
      case TABLE -> declarations.tables(content, count);
      case MEMORY -> declarations.memories(content, count);
      case GLOBAL -> declarations.globals(content, count);
      case EXPORT -> declarations.exports(content, count);
      case ELEMENT -> segments.elements(content, count);
      case CODE -> code(content, count);
      case DATA -> segments.data(content, count);
      case CUSTOM, TAG, START, DATA_COUNT -> throw new AssertionError(section);
    }
  }

  private void code(Cursor content, int count) {
    int declared = spaces.functions.size() - spaces.importedFunctions;
    if (count != declared) {
      throw content.malformed(disagreement(count, declared));
    }
    FunctionBodyReader bodies = new FunctionBodyReader(spaces, limits, location, bulkOperations);
    for (int i = 0; i < count; i++) {
      int function = spaces.importedFunctions + i;
      location.item("function", function);
      Cursor body = content.sized("the body");
      int size = body.remaining();
      limits.enforce(Limit.BODY_BYTES, size, location);
      int before = bulkOperations.count();
      bodies.read(body, spaces.functions.get(function));
      int added = ModuleWriter.maxBytesFor(bulkOperations.count() - before);
      limits.enforce(Limit.BODY_BYTES, size + added, location);
    }
  }

  /** What can only be known at the end, because a section may be absent. */
  private void agreement(Cursor file) {
    int declared = spaces.functions.size() - spaces.importedFunctions;
    if (!sections.containsKey(Section.CODE) && declared > 0) {
      throw file.malformed(disagreement(0, declared));
    }
    if (!sections.containsKey(Section.DATA) && spaces.dataSegments > 0) {
      throw file.malformed(
          "the data count section announces segments, and there is no data section");
    }
  }

  private static String disagreement(int bodies, int declared) {
    return String.format(
        Locale.ROOT, "%,d bodies for the %,d functions of the function section", bodies, declared);
  }
}
