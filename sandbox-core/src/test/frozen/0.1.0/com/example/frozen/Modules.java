package com.example.frozen;

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

/** A module store without what became default methods later: it lists and deletes no services. */
public final class Modules implements ModuleStore {
  private final Map<ModuleVersion, byte[]> bytes = new HashMap<>();
  private final Map<ServiceId, List<ModuleVersion>> published = new HashMap<>();
  private final Map<ServiceId, ModuleVersion> live = new HashMap<>();
  private final Map<ServiceId, ModuleVersion> before = new HashMap<>();

  @Override
  public String name() {
    return "frozen";
  }

  @Override
  public synchronized Optional<ModuleVersion> current(ServiceId service) {
    return Optional.ofNullable(live.get(service));
  }

  @Override
  public synchronized byte[] load(ModuleVersion version) {
    byte[] found = bytes.get(version);
    if (found == null) {
      throw new ModuleException(ModuleException.Kind.NOT_FOUND, version + " is not here");
    }
    return found.clone();
  }

  @Override
  public synchronized ModuleVersion publish(ServiceId service, byte[] wasm) {
    ModuleVersion version = new ModuleVersion(service, Digest.of(wasm));
    bytes.put(version, wasm.clone());
    List<ModuleVersion> versions = published.computeIfAbsent(service, id -> new ArrayList<>());
    versions.remove(version);
    versions.add(0, version);
    return version;
  }

  @Override
  public synchronized void activate(ServiceId service, Digest digest) {
    ModuleVersion version = new ModuleVersion(service, digest);
    load(version);
    ModuleVersion last = live.put(service, version);
    if (last != null) {
      before.put(service, last);
    }
  }

  @Override
  public synchronized ModuleVersion rollback(ServiceId service) {
    ModuleVersion version = before.remove(service);
    if (version == null) {
      throw new ModuleException(ModuleException.Kind.NOT_FOUND, "nothing to go back to");
    }
    live.put(service, version);
    return version;
  }

  @Override
  public synchronized List<ModuleVersion> versions(ServiceId service) {
    return List.copyOf(published.getOrDefault(service, List.of()));
  }
}
