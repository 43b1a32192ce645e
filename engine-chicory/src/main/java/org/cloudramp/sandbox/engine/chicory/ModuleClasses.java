package org.cloudramp.sandbox.engine.chicory;

import com.dylibso.chicory.compiler.internal.ClassLoadingCollector;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The class files of a compiled module. As bytes: the number of files, then of each its name, its
 * length and what is in it. The first is that of the class that makes machines.
 */
final class ModuleClasses {
  private final List<ClassFile> files;

  /** A class file, and the name of its class. */
  private static final class ClassFile {
    final String name;
    final byte[] content;

    ClassFile(String name, byte[] content) {
      this.name = name;
      this.content = content;
    }
  }

  private ModuleClasses(List<ClassFile> files) {
    this.files = files;
  }

  static ModuleClasses of(ClassLoadingCollector loaded) {
    List<ClassFile> files = new ArrayList<>();
    loaded
        .classBytes()
        .forEach(
            (name, content) ->
                files.add(
                    name.equals(loaded.mainClassName()) ? 0 : files.size(),
                    new ClassFile(name, content)));
    return new ModuleClasses(files);
  }

  /** Loads them, which runs nothing of them yet. */
  ClassLoadingCollector load() {
    ClassLoadingCollector loaded = new ClassLoadingCollector();
    for (ClassFile each : files.subList(1, files.size())) {
      loaded.put(each.name, each.content);
    }
    loaded.putMainClass(files.get(0).name, files.get(0).content);
    return loaded;
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(files.size());
      for (ClassFile each : files) {
        out.writeUTF(each.name);
        out.writeInt(each.content.length);
        out.write(each.content);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written but memory", e);
    }
    return bytes.toByteArray();
  }

  /**
   * The reverse of {@link #toBytes}, for bytes that are known to come from there.
   *
   * @throws IOException if they do not all the same
   */
  static ModuleClasses fromBytes(byte[] bytes) throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    int count = in.readInt();
    List<ClassFile> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = in.readUTF();
      int length = in.readInt();
      if (length < 0 || length > in.available()) {
        throw new IOException("class %s says it has %,d bytes".formatted(name, length));
      }
      files.add(new ClassFile(name, in.readNBytes(length)));
    }
    if (files.isEmpty() || in.available() > 0) {
      throw new IOException("%d classes, and %,d bytes behind".formatted(count, in.available()));
    }
    return new ModuleClasses(files);
  }
}
