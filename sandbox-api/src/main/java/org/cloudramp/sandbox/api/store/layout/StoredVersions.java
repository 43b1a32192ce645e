package org.cloudramp.sandbox.api.store.layout;

import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.api.store.layout.History.Publication;

/**
 * What a {@link ModuleStore} does, in terms of {@link Entries}: a store of this layout hands each
 * of its methods to the one of the same name. Thread-safe.
 */
public final class StoredVersions {
  /** Whoever loses so often to others who publish, or delete, the same service is told. */
  private static final int MAX_ATTEMPTS = 8;

  private final String store;
  private final Entries entries;
  private final Clock clock;

  /**
   * The versions in a place.
   *
   * @param store the name of the store, for messages
   * @param clock gives the times that are written down; nothing is decided by them
   */
  public StoredVersions(String store, Entries entries, Clock clock) {
    this.store = store;
    this.entries = entries;
    this.clock = clock;
  }

  /** As {@link ModuleStore#current}. */
  public Optional<ModuleVersion> current(ServiceId service) {
    String name = EntryNames.pointer(service);
    return entries
        .read(name)
        .map(text -> new ModuleVersion(service, decodePointer(name, text).digest()));
  }

  /** As {@link ModuleStore#load}. */
  public byte[] load(ModuleVersion version) {
    String name = EntryNames.binary(version);
    byte[] wasm = entries.read(name).orElseThrow(() -> notFound(version));
    if (!Digest.of(wasm).equals(version.digest())) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "the %d bytes of %s in %s do not have the digest that names them; publish it again"
              .formatted(wasm.length, version, entries.describe(name)));
    }
    return wasm;
  }

  /** As {@link ModuleStore#publish}. */
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    requireThatItFits("a module of " + service, wasm);
    // A copy: the digest must be that of what is written, even if the caller changes its array.
    byte[] content = wasm.clone();
    ModuleVersion version = new ModuleVersion(service, Digest.of(content));
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      // The binary first: what the history lists, can be loaded. Written again if it is damaged.
      // No condition: whoever else writes under this name writes the same bytes.
      if (!isIntact(version)) {
        entries.write(service, EntryNames.binary(version), content);
      }
      list(version);
      // Somebody who deletes the service may have removed the binary before it was listed. If it is
      // removed from now on, that somebody sees the list, and removes it as well.
      if (hasBinary(version)) {
        return version;
      }
    }
    throw new StoreException(
        StoreException.Kind.CONFLICT,
        "the store '%s' could not keep %s: somebody else deleted the service each of %d times"
            .formatted(store, version, MAX_ATTEMPTS));
  }

  private void requireThatItFits(String what, byte[] content) {
    if (content.length > entries.longest()) {
      throw new ModuleException(
          ModuleException.Kind.LIMIT,
          "%s has %d bytes, the store '%s' takes at most %d"
              .formatted(what, content.length, store, entries.longest()));
    }
  }

  /** As {@link ModuleStore#keepSourceMap}. */
  public void keepSourceMap(ModuleVersion version, byte[] sourceMap) {
    requireThatItFits("the source map of " + version, sourceMap);
    requirePublished(version);
    String name = EntryNames.sourceMap(version);
    entries.write(version.service(), name, sourceMap.clone());
    if (!isListed(version)) {
      // Somebody deleted the service, and may not have seen the map any more. From now on they do:
      // the list goes before what is in the folder of the binaries.
      entries.remove(version.service(), name);
      throw notFound(version);
    }
  }

  /** As {@link ModuleStore#sourceMap}. */
  public Optional<byte[]> sourceMap(ModuleVersion version) {
    return isListed(version) ? entries.read(EntryNames.sourceMap(version)) : Optional.empty();
  }

  private boolean isListed(ModuleVersion version) {
    return history(version.service()).contains(version.digest());
  }

  private void list(ModuleVersion version) {
    String name = EntryNames.history(version.service());
    entries.update(
        version.service(),
        name,
        before -> {
          History history = decodeHistory(name, before);
          return history.contains(version.digest())
              ? Optional.empty()
              : Optional.of(history.plus(version.digest(), clock.instant()).encode());
        });
  }

  /** As {@link ModuleStore#activate}. */
  public void activate(ServiceId service, Digest digest) {
    ModuleVersion version = new ModuleVersion(service, digest);
    requirePublished(version);
    String name = EntryNames.pointer(service);
    entries.update(
        service,
        name,
        before -> {
          Optional<Pointer> pointer = before.flatMap(text -> readablePointer(name, text));
          if (pointer.isPresent() && pointer.get().digest().equals(digest)) {
            return Optional.empty();
          }
          return Optional.of(
              pointer
                  .map(p -> p.moveTo(digest, clock.instant()))
                  .orElseGet(() -> Pointer.first(digest, clock.instant()))
                  .encode());
        });
    if (!history(service).contains(digest)) {
      // Somebody deleted the service, and did not see this pointer any more: it leads to nothing.
      removePointer(service, version::equals);
      throw notFound(version);
    }
  }

  /** Removes the pointer, if it leads to a version of which that holds. */
  private void removePointer(ServiceId service, Predicate<ModuleVersion> leadsNowhere) {
    String name = EntryNames.pointer(service);
    entries
        .read(name)
        .flatMap(text -> readablePointer(name, text))
        .map(pointer -> new ModuleVersion(service, pointer.digest()))
        .filter(leadsNowhere)
        .ifPresent(live -> entries.remove(service, name));
  }

  /** As {@link ModuleStore#rollback}. */
  public ModuleVersion rollback(ServiceId service) {
    String name = EntryNames.pointer(service);
    Optional<byte[]> seen = entries.read(name);
    ModuleVersion target =
        seen.flatMap(text -> decodePointer(name, text).previous())
            .map(digest -> new ModuleVersion(service, digest))
            .orElseThrow(
                () ->
                    new ModuleException(
                        ModuleException.Kind.NOT_FOUND,
                        "service '%s' has no version to go back to; activate one by its digest"
                            .formatted(service)));
    requirePublished(target);
    byte[] wanted = Pointer.first(target.digest(), clock.instant()).encode();
    entries.update(service, name, new Replacement(service, seen, wanted));
    return target;
  }

  /** As {@link ModuleStore#versions}. */
  public List<ModuleVersion> versions(ServiceId service) {
    List<ModuleVersion> versions = new ArrayList<>();
    for (Publication publication : history(service).publications()) {
      versions.add(new ModuleVersion(service, publication.digest()));
    }
    Collections.reverse(versions);
    return versions;
  }

  /** As {@link ModuleStore#services}. */
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    if (most < 1 || most > ModuleStore.MAX_SERVICES_AT_ONCE) {
      throw new IllegalArgumentException(
          "%d services at once are not within 1 to %d"
              .formatted(most, ModuleStore.MAX_SERVICES_AT_ONCE));
    }
    return entries.services(after, most);
  }

  /** As {@link ModuleStore#delete}. */
  public void delete(ServiceId service) {
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      // In this order nothing that is live, or listed, lacks what it names, wherever this ends.
      entries.remove(service, EntryNames.pointer(service));
      entries.remove(service, EntryNames.history(service));
      entries.removeBinaries(service);
      // A publisher may have listed a binary before it was removed just now.
      if (!entries.has(EntryNames.history(service)) && !entries.has(EntryNames.pointer(service))) {
        return;
      }
    }
    forgetWhatHasNoBinary(service);
    throw new StoreException(
        StoreException.Kind.CONFLICT,
        "the store '%s' could not delete service '%s': somebody else published it each of %d times; try again"
            .formatted(store, service, MAX_ATTEMPTS));
  }

  /** A deletion is given up: what was listed, and made live, before its binary was removed goes. */
  private void forgetWhatHasNoBinary(ServiceId service) {
    String history = EntryNames.history(service);
    entries.update(
        service,
        history,
        before -> {
          List<Publication> all = decodeHistory(history, before).publications();
          List<Publication> there =
              all.stream()
                  .filter(one -> hasBinary(new ModuleVersion(service, one.digest())))
                  .toList();
          return there.size() == all.size()
              ? Optional.empty()
              : Optional.of(new History(there).encode());
        });
    removePointer(service, live -> !hasBinary(live));
  }

  private boolean hasBinary(ModuleVersion version) {
    return entries.has(EntryNames.binary(version));
  }

  /** Replaces what was seen, and nothing else. */
  private static final class Replacement implements UnaryOperator<Optional<byte[]>> {
    private final ServiceId service;
    private final Optional<byte[]> seen;
    private final byte[] wanted;
    private boolean tried;

    Replacement(ServiceId service, Optional<byte[]> seen, byte[] wanted) {
      this.service = service;
      this.seen = seen;
      this.wanted = wanted;
    }

    @Override
    public Optional<byte[]> apply(Optional<byte[]> before) {
      if (tried && isSame(before, Optional.of(wanted))) {
        return Optional.empty(); // the first try happened, and its answer was lost
      }
      if (!isSame(before, seen)) {
        throw new StoreException(
            StoreException.Kind.CONFLICT,
            "somebody else moved the live version of service '%s' at the same time; look what is live, then decide"
                .formatted(service));
      }
      tried = true;
      return Optional.of(wanted);
    }

    private static boolean isSame(Optional<byte[]> one, Optional<byte[]> other) {
      return Arrays.equals(one.orElse(null), other.orElse(null));
    }
  }

  private Pointer decodePointer(String name, byte[] text) {
    return Pointer.decode(entries.describe(name), text);
  }

  /** The pointer, or none where there is one that cannot be read: activating repairs it. */
  private Optional<Pointer> readablePointer(String name, byte[] text) {
    try {
      return Optional.of(decodePointer(name, text));
    } catch (ModuleException unreadable) {
      return Optional.empty();
    }
  }

  private History history(ServiceId service) {
    String name = EntryNames.history(service);
    return decodeHistory(name, entries.read(name));
  }

  private History decodeHistory(String name, Optional<byte[]> text) {
    return text.map(t -> History.decode(entries.describe(name), t)).orElse(History.empty());
  }

  private void requirePublished(ModuleVersion version) {
    if (!isListed(version) || !hasBinary(version)) {
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
            .formatted(version, entries.describe(version.service().value())));
  }
}
