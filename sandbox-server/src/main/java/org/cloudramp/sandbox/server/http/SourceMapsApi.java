package org.cloudramp.sandbox.server.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.access.Caller;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpMethod;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the source map of a version, which {@link RecordingsApi} gives to whoever replays what ran
 * in it. It is beside the module, and nothing on the server depends on it. Bounded as uploads of
 * modules are, also in how many a minute; what changes leaves a line in the log {@code
 * org.cloudramp.sandbox.audit}.
 */
public final class SourceMapsApi implements AutoCloseable {
  private static final Logger audit = LoggerFactory.getLogger("org.cloudramp.sandbox.audit");

  private static final int MAX_WAITING = 64;
  private static final int MAX_WAITING_PER_SERVICE = 8;

  private final Sandbox sandbox;
  private final int maxBytes;
  private final Uploads uploads;
  private final Turns turns = new Turns("source-maps", 1, MAX_WAITING, MAX_WAITING_PER_SERVICE);

  /**
   * For the versions of that sandbox.
   *
   * @param maxBytes of a source map
   * @param patience how long one may take to come however small it is
   */
  public SourceMapsApi(Sandbox sandbox, int maxBytes, Duration patience) {
    this.sandbox = sandbox;
    this.maxBytes = maxBytes;
    this.uploads = new Uploads(maxBytes, patience);
  }

  List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.PUT,
            Answer.API + "services/{service}/versions/{digest}/source-map",
            Needs.DEPLOY,
            this::keep));
  }

  /** Ends the thread. Idempotent. */
  @Override
  public void close() {
    turns.close();
  }

  /** What is kept: of what was sent, that which positions need. */
  record Kept(String service, String digest, int bytes) {}

  private void keep(ApiRequest request) {
    uploads.read(request.http(), new Receiver(request));
  }

  private void keep(ModuleVersion version, ApiRequest request, byte[] sent) {
    Caller caller = request.caller();
    Scope needed = Scope.deploy(version.service());
    if (!caller.may(needed)) { // the token may have been revoked while it came
      Answer.missing(needed, request.response(), request.callback());
      return;
    }
    int bytes = sandbox.operator().keepSourceMap(version, () -> SourceMap.read(sent).toJson());
    audit.info("source map: {} has given that of {}", caller, version);
    request.ok(new Kept(version.service().value(), version.digest().hex(), bytes));
  }

  /** Keeps what has come, or says why it has not. */
  private final class Receiver implements Uploads.Receiver {
    private final ApiRequest request;
    private final ModuleVersion version;

    Receiver(ApiRequest request) {
      this.request = request;
      this.version = new ModuleVersion(request.service(), request.digest());
    }

    @Override
    public void received(Uploads.Upload upload) {
      boolean taken =
          turns.offer(
              Optional.of(version.service()),
              () -> {
                try (upload) {
                  Failures.answered(request, () -> keep(version, request, upload.bytes()));
                }
              });
      if (!taken) {
        upload.close();
        request.busy();
      }
    }

    @Override
    public void refused(Uploads.Refusal refusal) {
      request.refuse(
          refusal,
          "a source map takes at most %d bytes, as a module does (sandbox.server.uploadBytes)"
              .formatted(maxBytes),
          "the source map of %s came too slowly, and was given up".formatted(version));
    }

    @Override
    public void failed(Throwable failure) {
      request.callback().failed(failure);
    }
  }
}
