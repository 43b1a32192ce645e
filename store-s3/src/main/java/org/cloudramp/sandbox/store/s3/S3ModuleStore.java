package org.cloudramp.sandbox.store.s3;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.api.store.layout.StoredVersions;
import org.jspecify.annotations.Nullable;

/**
 * Keeps modules in a bucket.
 *
 * <p>At its start a store writes the object {@code .probe} and reads it again, so that a server or
 * credentials that it cannot work with are known before anybody uploads: {@link
 * org.cloudramp.sandbox.api.error.ConfigurationException} says what is wrong. It is one object,
 * always with the same content, and stays.
 *
 * <p>Credentials come from the default chain of the AWS SDK: environment, profile, container or
 * instance. They must allow {@code s3:GetObject}, {@code s3:ListBucket} and, unless the store only
 * reads, {@code s3:PutObject}; to delete a service, also {@code s3:DeleteObject}. Without the
 * second, S3 does not say that an object is missing.
 *
 * <p>Several processes may publish and activate at once: each writes the small objects on condition
 * that nobody else did in between, and tries anew otherwise. A server that ignores {@code If-Match}
 * and {@code If-None-Match} of writes would lose versions, so it is refused at the start. When a
 * write fails other than by {@link StoreException.Kind#REFUSED} or {@link
 * StoreException.Kind#CONFLICT}, it may have happened: to publish or activate again is safe.
 */
public final class S3ModuleStore implements ModuleStore {
  /** All that there is between start and close. */
  private record Running(Bucket bucket, StoredVersions versions) {}

  private @Nullable Running running;

  /** A store that connects when it is started. */
  public S3ModuleStore() {}

  @Override
  public String name() {
    return "s3";
  }

  @Override
  public List<Setting<?>> declaredSettings() {
    return S3Settings.DECLARED;
  }

  @Override
  public void start(PluginContext context) {
    Bucket bucket = Probe.open(S3Settings.from(context.settings()));
    running =
        new Running(bucket, new StoredVersions(name(), new BucketEntries(bucket), context.clock()));
  }

  /** The server may be started at the same time as this. */
  @Override
  public boolean mayStartAgain() {
    return true;
  }

  @Override
  public void close() {
    Running closing = running;
    running = null;
    if (closing != null) {
      closing.bucket().close();
    }
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
    Running now = running;
    if (now == null) {
      throw new IllegalStateException("the store 's3' is not started, or closed");
    }
    return now.versions();
  }
}
