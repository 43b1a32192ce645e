package org.cloudramp.sandbox.testkit.rooms;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.store.ModuleStore;

/** Modules in memory. Thread-safe. */
final class MemoryModuleStore implements ModuleStore {
  private final Map<ServiceId, ModuleVersion> live = new HashMap<>();
  private final Map<ServiceId, ModuleVersion> before = new HashMap<>();
  private final Map<ServiceId, List<ModuleVersion>> published = new HashMap<>();
  private final Map<ModuleVersion, byte[]> contents = new HashMap<>();
  private final Map<ModuleVersion, byte[]> sourceMaps = new HashMap<>();

  @Override
  public String name() {
    return "testMemory";
  }

  @Override
  public synchronized Optional<ModuleVersion> current(ServiceId service) {
    return Optional.ofNullable(live.get(service));
  }

  @Override
  public synchronized byte[] load(ModuleVersion version) {
    return require(version).clone();
  }

  @Override
  public synchronized ModuleVersion publish(ServiceId service, byte[] wasm) {
    ModuleVersion version = new ModuleVersion(service, Digest.of(wasm));
    if (contents.putIfAbsent(version, wasm.clone()) == null) {
      published.computeIfAbsent(service, s -> new ArrayList<>()).add(0, version);
    }
    return version;
  }

  @Override
  public synchronized void keepSourceMap(ModuleVersion version, byte[] sourceMap) {
    byte[] unused = require(version);
    sourceMaps.put(version, sourceMap.clone());
  }

  @Override
  public synchronized Optional<byte[]> sourceMap(ModuleVersion version) {
    return Optional.ofNullable(sourceMaps.get(version)).map(byte[]::clone);
  }

  @Override
  public synchronized void activate(ServiceId service, Digest digest) {
    ModuleVersion version = new ModuleVersion(service, digest);
    byte[] unused = require(version);
    ModuleVersion replaced = live.put(service, version);
    if (replaced != null && !replaced.equals(version)) {
      before.put(service, replaced);
    }
  }

  @Override
  public synchronized ModuleVersion rollback(ServiceId service) {
    ModuleVersion target = before.get(service);
    if (target == null) {
      throw new ModuleException(
          ModuleException.Kind.NOT_FOUND,
          "service '%s' has no version to go back to".formatted(service));
    }
    byte[] unused = require(target);
    live.put(service, target);
    before.remove(service);
    return target;
  }

  @Override
  public synchronized List<ModuleVersion> versions(ServiceId service) {
    return List.copyOf(published.getOrDefault(service, List.of()));
  }

  @Override
  public synchronized List<ServiceId> services(Optional<ServiceId> after, int most) {
    return published.keySet().stream()
        .map(ServiceId::value)
        .filter(id -> after.isEmpty() || id.compareTo(after.get().value()) > 0)
        .sorted()
        .limit(most)
        .map(ServiceId::new)
        .toList();
  }

  @Override
  public synchronized void delete(ServiceId service) {
    live.remove(service);
    before.remove(service);
    published.remove(service);
    contents.keySet().removeIf(version -> version.service().equals(service));
    sourceMaps.keySet().removeIf(version -> version.service().equals(service));
  }

  private byte[] require(ModuleVersion version) {
    byte[] content = contents.get(version);
    if (content == null) {
      throw new ModuleException(
          ModuleException.Kind.NOT_FOUND, "%s is not published".formatted(version));
    }
    return content;
  }
}
