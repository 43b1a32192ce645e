package org.cloudramp.sandbox.store.filesystem;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.api.store.layout.EntryNames;
import org.cloudramp.sandbox.api.store.layout.History;
import org.cloudramp.sandbox.api.store.layout.History.Publication;
import org.cloudramp.sandbox.api.store.layout.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps modules in a folder.
 *
 * <p>Setting {@code folder}: where; made if it is absent. Several processes may work on one folder:
 * writers of one service wait for each other, readers wait for nobody. What {@link #publish} and
 * {@link #activate} did is on the disk when they return.
 *
 * <p>Links below the folder are refused as {@linkplain ModuleException.Kind#INTEGRITY integrity}
 * errors, wherever they lead.
 */
public final class FilesystemModuleStore implements ModuleStore {
  private final @Nullable Path given;
  private @Nullable StoreFolder opened;
  private Clock clock = Clock.systemUTC();

  /** A store whose folder is in the settings. */
  public FilesystemModuleStore() {
    this.given = null;
  }

  /** A store in {@code folder}, whatever the settings say. */
  public FilesystemModuleStore(Path folder) {
    this.given = folder;
  }

  @Override
  public String name() {
    return "filesystem";
  }

  @Override
  public void start(PluginContext context) {
    clock = context.clock();
    opened = StoreFolder.open(given != null ? given : context.settings().requiredPath("folder"));
  }

  @Override
  public Optional<ModuleVersion> current(ServiceId service) {
    return pointer(service).map(pointer -> new ModuleVersion(service, pointer.digest()));
  }

  @Override
  public byte[] load(ModuleVersion version) {
    String name = EntryNames.binary(version);
    byte[] wasm = folder().read(name).orElseThrow(() -> notFound(version));
    if (!Digest.of(wasm).equals(version.digest())) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "the %d bytes of %s in %s do not have the digest that names them; publish it again"
              .formatted(wasm.length, version, folder().describe(name)));
    }
    return wasm;
  }

  @Override
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    if (wasm.length > StoreFolder.LARGEST_FILE) {
      throw new ModuleException(
          ModuleException.Kind.LIMIT,
          "a module of %s has %d bytes, the store 'filesystem' takes at most %d"
              .formatted(service, wasm.length, StoreFolder.LARGEST_FILE));
    }
    // A copy: the digest must be that of what is written, even if the caller changes its array.
    byte[] content = wasm.clone();
    ModuleVersion version = new ModuleVersion(service, Digest.of(content));
    try (StoreFolder.Turn turn = folder().turn(service)) {
      // The binary first: what the history lists, can be loaded. Written again if it is damaged.
      if (!isIntact(version)) {
        turn.replace(EntryNames.binary(version), content);
      }
      History history = history(service);
      if (!history.contains(version.digest())) {
        turn.replace(EntryNames.history(service), history.plus(version.digest(), now()).encode());
      }
    }
    return version;
  }

  @Override
  public void activate(ServiceId service, Digest digest) {
    ModuleVersion version = new ModuleVersion(service, digest);
    requirePublished(version); // before the turn, which makes the folder of the service
    try (StoreFolder.Turn turn = folder().turn(service)) {
      requirePublished(version);
      Optional<Pointer> before = pointerToReplace(service);
      if (before.isPresent() && before.get().digest().equals(digest)) {
        return;
      }
      Pointer after =
          before
              .map(pointer -> pointer.moveTo(digest, now()))
              .orElseGet(() -> Pointer.first(digest, now()));
      turn.replace(EntryNames.pointer(service), after.encode());
    }
  }

  @Override
  public List<ModuleVersion> versions(ServiceId service) {
    List<ModuleVersion> versions = new ArrayList<>();
    for (Publication publication : history(service).publications()) {
      versions.add(new ModuleVersion(service, publication.digest()));
    }
    Collections.reverse(versions);
    return versions;
  }

  private Optional<Pointer> pointer(ServiceId service) {
    String name = EntryNames.pointer(service);
    return folder().read(name).map(text -> Pointer.decode(folder().describe(name), text));
  }

  /** The pointer, or none where there is one that cannot be read: activating repairs it. */
  private Optional<Pointer> pointerToReplace(ServiceId service) {
    try {
      return pointer(service);
    } catch (ModuleException unreadable) {
      return Optional.empty();
    }
  }

  private History history(ServiceId service) {
    String name = EntryNames.history(service);
    return folder()
        .read(name)
        .map(text -> History.decode(folder().describe(name), text))
        .orElse(History.empty());
  }

  private void requirePublished(ModuleVersion version) {
    if (!history(version.service()).contains(version.digest())
        || !folder().has(EntryNames.binary(version))) {
      throw notFound(version);
    }
  }

  private boolean isIntact(ModuleVersion version) {
    try {
      load(version);
      return true;
    } catch (ModuleException absentOrDamaged) {
      return false;
    }
  }

  private ModuleException notFound(ModuleVersion version) {
    return new ModuleException(
        ModuleException.Kind.NOT_FOUND,
        "%s is not published in %s"
            .formatted(version, folder().describe(version.service().value())));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private StoreFolder folder() {
    if (opened == null) {
      throw new IllegalStateException("the store 'filesystem' has not been started");
    }
    return opened;
  }
}
