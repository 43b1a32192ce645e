package org.cloudramp.sandbox.store.filesystem;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.api.store.layout.StoredVersions;
import org.jspecify.annotations.Nullable;

/**
 * Keeps modules in a folder.
 *
 * <p>Several processes may work on one folder: writers of one service wait for each other, readers
 * wait for nobody. What {@link #publish} and {@link #activate} did is on the disk when they return.
 *
 * <p>Links below the folder are refused as {@linkplain ModuleException.Kind#INTEGRITY integrity}
 * errors, wherever they lead.
 */
public final class FilesystemModuleStore implements ModuleStore {
  private static final Setting<Path> FOLDER =
      Setting.requiredPath("folder", "where modules are kept; made if it is absent");

  private final @Nullable Path given;
  private @Nullable StoredVersions opened;

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
  public List<Setting<?>> declaredSettings() {
    return List.of(FOLDER);
  }

  @Override
  public void start(PluginContext context) {
    StoreFolder folder = StoreFolder.open(given != null ? given : FOLDER.read(context.settings()));
    opened = new StoredVersions(name(), folder, context.clock());
  }

  @Override
  public Optional<ModuleVersion> current(ServiceId service) {
    return versions().current(service);
  }

  @Override
  public byte[] load(ModuleVersion version) {
    return versions().load(version);
  }

  @Override
  public ModuleVersion publish(ServiceId service, byte[] wasm) {
    return versions().publish(service, wasm);
  }

  @Override
  public void keepSourceMap(ModuleVersion version, byte[] sourceMap) {
    versions().keepSourceMap(version, sourceMap);
  }

  @Override
  public Optional<byte[]> sourceMap(ModuleVersion version) {
    return versions().sourceMap(version);
  }

  @Override
  public void activate(ServiceId service, Digest digest) {
    versions().activate(service, digest);
  }

  @Override
  public ModuleVersion rollback(ServiceId service) {
    return versions().rollback(service);
  }

  @Override
  public List<ModuleVersion> versions(ServiceId service) {
    return versions().versions(service);
  }

  @Override
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    return versions().services(after, most);
  }

  @Override
  public void delete(ServiceId service) {
    versions().delete(service);
  }

  private StoredVersions versions() {
    if (opened == null) {
      throw new IllegalStateException("the store 'filesystem' has not been started");
    }
    return opened;
  }
}
