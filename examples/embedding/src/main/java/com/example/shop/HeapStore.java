package com.example.shop;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.store.ModuleStore;

/** A store of this application's own: the modules it ships with, in memory. Thread-safe. */
final class HeapStore implements ModuleStore {
  private final Map<ModuleVersion, byte[]> modules = new ConcurrentHashMap<>();
  private final Map<ServiceId, ModuleVersion> live = new ConcurrentHashMap<>();
  private final Map<ServiceId, ModuleVersion> before = new ConcurrentHashMap<>();

  @Override
  public String name() {
    return "heap";
  }

  @Override
  public Optional<ModuleVersion> current(ServiceId service) {
    return Optional.ofNullable(live.get(service));
  }

  @Override
  public byte[] load(ModuleVersion version) {
    byte[] wasm = modules.get(version);
    if (wasm == null) {
      throw new ModuleException(ModuleException.Kind.NOT_FOUND, version + " is not here");
    }
    return wasm.clone();
  }

  @Override
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    ModuleVersion version = new ModuleVersion(service, Digest.of(wasm));
    modules.put(version, wasm.clone());
    return version;
  }

  @Override
  public synchronized void activate(ServiceId service, Digest digest) {
    ModuleVersion version = new ModuleVersion(service, digest);
    load(version);
    ModuleVersion replaced = live.put(service, version);
    if (replaced != null && !replaced.equals(version)) {
      before.put(service, replaced);
    }
  }

  @Override
  public synchronized ModuleVersion rollback(ServiceId service) {
    ModuleVersion target = before.remove(service);
    if (target == null) {
      throw new ModuleException(
          ModuleException.Kind.NOT_FOUND, service + " has no version to go back to");
    }
    live.put(service, target);
    return target;
  }

  @Override
  public List<ModuleVersion> versions(ServiceId service) {
    return modules.keySet().stream().filter(v -> v.service().equals(service)).toList();
  }
}
