package org.cloudramp.sandbox.store.s3;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * The settings of the store.
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

  private static final Setting<String> BUCKET =
      Setting.requiredText("bucket", "the name of the bucket");
  private static final Setting<String> PREFIX =
      Setting.text("prefix", "", "what comes before each key, such as `modules/`");
  private static final Setting<Optional<String>> REGION =
      Setting.optionalText("region", "such as `eu-central-1`")
          .otherwise("what the AWS SDK finds in the environment");
  private static final Setting<Optional<String>> ENDPOINT =
      Setting.optionalText("endpoint", "the URL of a server other than AWS");
  private static final Setting<Boolean> PATH_STYLE =
      Setting.flag(
              "pathStyle", false, "whether the bucket is named in the path and not in the host")
          .otherwise("`true` if there is an `endpoint`");
  private static final Setting<String> CHECKSUMS =
      Setting.choice(
          "checksums",
          List.of("required", "supported"),
          "where the SDK adds and checks checksums; many servers know none, and modules are checked against their digest in any case");
  private static final Setting<String> CHUNKED_ENCODING =
      Setting.choice(
          "chunkedEncoding",
          List.of("detect", "always", "never"),
          "whether uploads are sent as aws-chunked, which many servers do not know; `detect`: what works");
  private static final Setting<Boolean> READ_ONLY =
      Setting.flag(
          "readOnly", false, "`true` on a server that only reads: uploads there are refused");
  private static final Setting<Duration> TIMEOUT =
      Setting.positiveDuration(
          "timeout",
          Duration.ofSeconds(5),
          "for each attempt of a request; one that fails or is told to slow down is tried up to three times");

  static final List<Setting<?>> DECLARED =
      List.of(
          BUCKET,
          PREFIX,
          REGION,
          ENDPOINT,
          PATH_STYLE,
          CHECKSUMS,
          CHUNKED_ENCODING,
          READ_ONLY,
          TIMEOUT);

  /** As many attempts as the SDK makes, and its pauses between them. */
  private static final int ATTEMPTS_AND_PAUSES = 4;

  /** Servers other than AWS have no regions, but requests are signed for one. */
  private static final String REGION_OF_OTHERS = "us-east-1";

  /**
   * @throws ConfigurationException if a setting is missing or wrong
   */
  static S3Settings from(PluginSettings settings) {
    String bucket = BUCKET.read(settings);
    if (!bucket.matches("[A-Za-z0-9][A-Za-z0-9._-]{2,62}")) {
      throw settings.wrong(BUCKET.name(), bucket, "the name of a bucket");
    }
    String prefix = PREFIX.read(settings);
    if (!prefix.matches("([A-Za-z0-9_.-]+/)*") || ("/" + prefix).matches(".*/\\.{1,2}/.*")) {
      throw settings.wrong(
          PREFIX.name(), prefix, "names that each end with a slash, such as modules/");
    }
    Optional<URI> endpoint = ENDPOINT.read(settings).map(text -> endpoint(settings, text));
    return new S3Settings(
        bucket,
        prefix,
        REGION.read(settings),
        endpoint,
        PATH_STYLE.readOr(settings, endpoint.isPresent()),
        CHECKSUMS.read(settings).equals("supported"),
        ChunkedEncoding.valueOf(CHUNKED_ENCODING.read(settings).toUpperCase(Locale.ROOT)),
        READ_ONLY.read(settings),
        TIMEOUT.read(settings));
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
        ENDPOINT.name(), "(not shown)", "a URL such as https://storage.example.com:9000");
  }
}
