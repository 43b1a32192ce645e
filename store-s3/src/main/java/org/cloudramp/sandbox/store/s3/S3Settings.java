package org.cloudramp.sandbox.store.s3;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * The settings of the store, as {@link S3ModuleStore} documents them.
 *
 * @param prefix ends with a slash, or is empty
 */
record S3Settings(
    String bucket,
    String prefix,
    Optional<String> region,
    Optional<URI> endpoint,
    boolean pathStyle,
    boolean checksumsWhereSupported,
    ChunkedEncoding chunkedEncoding,
    boolean readOnly,
    Duration timeout) {
  /** Whether the bodies of writes are sent as aws-chunked, piece by piece with signatures. */
  enum ChunkedEncoding {
    /**
     * Whatever works. A body as it is comes first: every server knows that, and what is written
     * here is in memory as a whole in any case.
     */
    DETECT,
    ALWAYS,
    NEVER;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  /** As many attempts as the SDK makes, and its pauses between them. */
  private static final int ATTEMPTS_AND_PAUSES = 4;

  /** Servers other than AWS have no regions, but requests are signed for one. */
  private static final String REGION_OF_OTHERS = "us-east-1";

  /**
   * @throws ConfigurationException if a setting is missing or wrong
   */
  static S3Settings from(PluginSettings settings) {
    String bucket = settings.requiredText("bucket");
    if (!bucket.matches("[A-Za-z0-9][A-Za-z0-9._-]{2,62}")) {
      throw settings.wrong("bucket", bucket, "the name of a bucket");
    }
    String prefix = settings.text("prefix").orElse("");
    if (!prefix.matches("([A-Za-z0-9_.-]+/)*") || ("/" + prefix).matches(".*/\\.{1,2}/.*")) {
      throw settings.wrong("prefix", prefix, "names that each end with a slash, such as modules/");
    }
    Optional<URI> endpoint = settings.text("endpoint").map(text -> endpoint(settings, text));
    Duration timeout = settings.duration("timeout", DEFAULT_TIMEOUT);
    if (timeout.isZero()) {
      throw settings.wrong("timeout", "0", "a duration longer than nothing");
    }
    return new S3Settings(
        bucket,
        prefix,
        settings.text("region"),
        endpoint,
        settings.flag("pathStyle", endpoint.isPresent()),
        checksumsWhereSupported(settings),
        chunkedEncoding(settings),
        settings.flag("readOnly", false),
        timeout);
  }

  /**
   * @param chunked whether bodies are sent as aws-chunked
   * @throws ConfigurationException if no region can be found
   */
  S3Client client(boolean chunked) {
    S3ClientBuilder client =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder().connectionTimeout(timeout).socketTimeout(timeout))
            .forcePathStyle(pathStyle)
            .serviceConfiguration(service -> service.chunkedEncodingEnabled(chunked))
            .requestChecksumCalculation(
                checksumsWhereSupported
                    ? RequestChecksumCalculation.WHEN_SUPPORTED
                    : RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(
                checksumsWhereSupported
                    ? ResponseChecksumValidation.WHEN_SUPPORTED
                    : ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(
                override ->
                    override
                        .apiCallAttemptTimeout(timeout)
                        .apiCallTimeout(timeout.multipliedBy(ATTEMPTS_AND_PAUSES)));
    endpoint.ifPresent(client::endpointOverride);
    region.or(() -> endpoint.map(e -> REGION_OF_OTHERS)).map(Region::of).ifPresent(client::region);
    try {
      return client.build();
    } catch (SdkClientException e) {
      throw new ConfigurationException(
          "the store 's3' finds no region: set the setting region (%s)".formatted(e.getMessage()),
          e);
    }
  }

  /** What messages call the bucket. */
  String describe() {
    return "s3://" + bucket + "/" + prefix + endpoint.map(e -> " at " + e).orElse("");
  }

  private static boolean checksumsWhereSupported(PluginSettings settings) {
    String text = settings.text("checksums").orElse("required");
    return switch (text) {
      case "supported" -> true;
      case "required" -> false;
      default -> throw settings.wrong("checksums", text, "required or supported");
    };
  }

  private static ChunkedEncoding chunkedEncoding(PluginSettings settings) {
    String text = settings.text("chunkedEncoding").orElse("detect");
    return switch (text) {
      case "detect" -> ChunkedEncoding.DETECT;
      case "always" -> ChunkedEncoding.ALWAYS;
      case "never" -> ChunkedEncoding.NEVER;
      default -> throw settings.wrong("chunkedEncoding", text, "detect, always or never");
    };
  }

  private static URI endpoint(PluginSettings settings, String text) {
    try {
      URI uri = new URI(text);
      boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (isHttp && uri.getHost() != null && uri.getUserInfo() == null) {
        return uri;
      }
    } catch (URISyntaxException e) {
      // said below
    }
    throw settings.wrong(
        "endpoint", "(not shown)", "a URL such as https://storage.example.com:9000");
  }
}
