package org.cloudramp.sandbox.store.s3;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.api.store.layout.EntryNames;
import org.cloudramp.sandbox.api.store.layout.History;
import org.cloudramp.sandbox.api.store.layout.History.Publication;
import org.cloudramp.sandbox.api.store.layout.Pointer;
import org.cloudramp.sandbox.store.s3.Bucket.Entry;
import org.jspecify.annotations.Nullable;

/**
 * Keeps modules in a bucket.
 *
 * <p>Settings:
 *
 * <ul>
 *   <li>{@code bucket}: its name.
 *   <li>{@code prefix}: what comes before each key, such as {@code modules/}; nothing if absent.
 *   <li>{@code region}: such as {@code eu-central-1}; if absent, what the AWS SDK finds in the
 *       environment.
 *   <li>{@code endpoint}: the URL of a server other than AWS.
 *   <li>{@code pathStyle}: whether the bucket is named in the path and not in the host; {@code
 *       true} if there is an endpoint.
 *   <li>{@code checksums}: {@code required} or {@code supported}, where the SDK adds and checks
 *       checksums. Many servers know none, so {@code required} if absent; modules are checked
 *       against their digest in any case.
 *   <li>{@code timeout}: how long each attempt of a request may take, five seconds if absent. A
 *       request that fails or is told to slow down is tried up to three times.
 * </ul>
 *
 * <p>Credentials come from the default chain of the AWS SDK: environment, profile, container or
 * instance. They must allow {@code s3:GetObject}, {@code s3:PutObject} and {@code s3:ListBucket};
 * without the last, S3 does not say that an object is missing.
 *
 * <p>Several processes may publish and activate at once: each writes the small objects on condition
 * that nobody else did in between, and tries anew otherwise. A server that ignores {@code If-Match}
 * and {@code If-None-Match} of writes would lose versions. When a write fails other than by {@link
 * StoreException.Kind#REFUSED} or {@link StoreException.Kind#CONFLICT}, it may have happened: to
 * publish or activate again is safe.
 */
public final class S3ModuleStore implements ModuleStore {
  private static final int MOST_ATTEMPTS = 40;
  private static final int LONGEST_PAUSE_MILLIS = 100;

  /** A pointer that was read, to be asked for only if it has changed. */
  private record KnownPointer(Entry entry, Pointer pointer) {}

  /** One for each service that has a pointer and was asked for. */
  private final ConcurrentMap<ServiceId, KnownPointer> pointers = new ConcurrentHashMap<>();

  private @Nullable Bucket opened;
  private Clock clock = Clock.systemUTC();

  /** A store that connects when it is started. */
  public S3ModuleStore() {}

  @Override
  public String name() {
    return "s3";
  }

  @Override
  public void start(PluginContext context) {
    clock = context.clock();
    opened = Bucket.open(S3Settings.from(context.settings()));
  }

  @Override
  public void close() {
    Bucket closing = opened;
    opened = null;
    if (closing != null) {
      closing.close();
    }
  }

  @Override
  public Optional<ModuleVersion> current(ServiceId service) {
    String name = EntryNames.pointer(service);
    KnownPointer known = pointers.get(service);
    Optional<Entry> entry =
        known == null ? bucket().get(name) : bucket().getAgain(name, known.entry());
    if (entry.isEmpty()) {
      pointers.remove(service);
      return Optional.empty();
    }
    if (known == null || !entry.get().equals(known.entry())) {
      known = new KnownPointer(entry.get(), decodePointer(name, entry.get()));
      pointers.put(service, known);
    }
    return Optional.of(new ModuleVersion(service, known.pointer().digest()));
  }

  @Override
  public byte[] load(ModuleVersion version) {
    String name = EntryNames.binary(version);
    byte[] wasm = bucket().get(name).orElseThrow(() -> notFound(version)).content().toArray();
    if (!Digest.of(wasm).equals(version.digest())) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "the %d bytes of %s in %s do not have the digest that names them; publish it again"
              .formatted(wasm.length, version, bucket().describe(name)));
    }
    return wasm;
  }

  @Override
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    if (wasm.length > Bucket.LARGEST_OBJECT) {
      throw new ModuleException(
          ModuleException.Kind.LIMIT,
          "a module of %s has %d bytes, the store 's3' takes at most %d"
              .formatted(service, wasm.length, Bucket.LARGEST_OBJECT));
    }
    // A copy: the digest must be that of what is written, even if the caller changes its array.
    byte[] content = wasm.clone();
    ModuleVersion version = new ModuleVersion(service, Digest.of(content));
    // The binary first: what the history lists, can be loaded. Written again if it is damaged.
    // No condition: whoever else writes under this name writes the same bytes.
    if (!isIntact(version)) {
      bucket().put(EntryNames.binary(version), content);
    }
    String name = EntryNames.history(service);
    update(
        service,
        name,
        before -> {
          History history = decodeHistory(name, before);
          return history.contains(version.digest())
              ? Optional.empty()
              : Optional.of(history.plus(version.digest(), now()).encode());
        });
    return version;
  }

  @Override
  public void activate(ServiceId service, Digest digest) {
    requirePublished(new ModuleVersion(service, digest));
    String name = EntryNames.pointer(service);
    update(
        service,
        name,
        before -> {
          Optional<Pointer> pointer = before.flatMap(entry -> pointerToReplace(name, entry));
          if (pointer.isPresent() && pointer.get().digest().equals(digest)) {
            return Optional.empty();
          }
          return Optional.of(
              pointer
                  .map(p -> p.moveTo(digest, now()))
                  .orElseGet(() -> Pointer.first(digest, now()))
                  .encode());
        });
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

  /**
   * Reads, changes and writes an object until nobody else wrote in between.
   *
   * @param change gives the new content; nothing if there is nothing to write
   */
  private void update(
      ServiceId service, String name, Function<Optional<Entry>, Optional<byte[]>> change) {
    for (int attempt = 1; attempt <= MOST_ATTEMPTS; attempt++) {
      Optional<Entry> before = bucket().get(name);
      Optional<byte[]> after = change.apply(before);
      if (after.isEmpty() || bucket().replace(name, before, after.get())) {
        return;
      }
      letOthersGoFirst(service, attempt);
    }
    throw new StoreException(
        StoreException.Kind.CONFLICT,
        "others changed %s each of %d times that the store 's3' tried to; try again"
            .formatted(bucket().describe(name), MOST_ATTEMPTS));
  }

  private static void letOthersGoFirst(ServiceId service, int attempt) {
    int longest = Math.min(LONGEST_PAUSE_MILLIS, 10 * attempt);
    try {
      TimeUnit.MILLISECONDS.sleep(ThreadLocalRandom.current().nextInt(longest));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StoreException(
          StoreException.Kind.UNAVAILABLE,
          "the store 's3' was interrupted while it changed %s".formatted(service),
          e);
    }
  }

  private Pointer decodePointer(String name, Entry entry) {
    return Pointer.decode(bucket().describe(name), entry.content().toArray());
  }

  /** The pointer, or none where there is one that cannot be read: activating repairs it. */
  private Optional<Pointer> pointerToReplace(String name, Entry entry) {
    try {
      return Optional.of(decodePointer(name, entry));
    } catch (ModuleException unreadable) {
      return Optional.empty();
    }
  }

  private History history(ServiceId service) {
    String name = EntryNames.history(service);
    return decodeHistory(name, bucket().get(name));
  }

  private History decodeHistory(String name, Optional<Entry> entry) {
    return entry
        .map(found -> History.decode(bucket().describe(name), found.content().toArray()))
        .orElse(History.empty());
  }

  private void requirePublished(ModuleVersion version) {
    if (!history(version.service()).contains(version.digest())
        || !bucket().has(EntryNames.binary(version))) {
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
            .formatted(version, bucket().describe(version.service().value())));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  private Bucket bucket() {
    Bucket bucket = opened;
    if (bucket == null) {
      throw new IllegalStateException("the store 's3' is not started, or closed");
    }
    return bucket;
  }
}
