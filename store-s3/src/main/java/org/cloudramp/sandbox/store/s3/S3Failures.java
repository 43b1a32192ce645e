package org.cloudramp.sandbox.store.s3;

import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;

/** Says what an error of the server or the SDK means to the caller. */
final class S3Failures {
  private static final Set<String> WRONG_CREDENTIALS =
      Set.of("InvalidAccessKeyId", "SignatureDoesNotMatch", "AccessDenied", "InvalidToken");
  private static final Set<String> WRONG_REGION =
      Set.of("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint");
  private static final int MOVED = 301;
  private static final int FORBIDDEN = 403;
  private static final int NOT_IMPLEMENTED = 501;

  private S3Failures() {}

  /** What went wrong when the store looked for its bucket. */
  static SandboxException atStart(S3Settings settings, SdkException failure) {
    Optional<String> advice = advice(settings, failure);
    if (advice.isPresent()) {
      return new ConfigurationException(
          "the store 's3' cannot use %s: %s".formatted(settings.describe(), advice.get()), failure);
    }
    return failed("use", settings.describe(), settings, failure);
  }

  /** What went wrong with one object. */
  static StoreException failed(
      String verb, String where, S3Settings settings, SdkException failure) {
    String about = "the store 's3' could not %s %s: ".formatted(verb, where);
    if (failure instanceof ApiCallTimeoutException
        || failure instanceof ApiCallAttemptTimeoutException) {
      return new StoreException(
          StoreException.Kind.TIMEOUT,
          about + "no answer, with %d ms for each attempt".formatted(settings.timeout().toMillis()),
          failure);
    }
    Optional<String> advice = advice(settings, failure);
    boolean isOurs =
        failure instanceof AwsServiceException service
            && (service.statusCode() == NOT_IMPLEMENTED
                || (service.statusCode() >= 400
                    && service.statusCode() < 500
                    && !service.isThrottlingException()));
    return new StoreException(
        advice.isPresent() || isOurs
            ? StoreException.Kind.REFUSED
            : StoreException.Kind.UNAVAILABLE,
        about + advice.orElseGet(failure::getMessage),
        failure);
  }

  /** What the operator has to put right, if that is the matter. */
  private static Optional<String> advice(S3Settings settings, SdkException failure) {
    if (!(failure instanceof AwsServiceException service)) {
      String message = String.valueOf(failure.getMessage());
      return message.startsWith("Unable to load credentials")
          ? Optional.of("the AWS SDK finds no credentials (" + message + ")")
          : Optional.empty();
    }
    String code =
        service.awsErrorDetails() == null
            ? ""
            : String.valueOf(service.awsErrorDetails().errorCode());
    if (code.equals("NoSuchBucket")) {
      return Optional.of("there is no such bucket; check the settings bucket and endpoint");
    }
    if (service.statusCode() == MOVED || WRONG_REGION.contains(code)) {
      return Optional.of(
          "the bucket is in another region than %s; check the setting region (%s)"
              .formatted(
                  settings.region().orElse("that of the environment"), service.getMessage()));
    }
    if (code.equals("RequestTimeTooSkewed")) {
      return Optional.of("the clock of this machine is wrong (" + service.getMessage() + ")");
    }
    if (service.statusCode() == FORBIDDEN || WRONG_CREDENTIALS.contains(code)) {
      return Optional.of(
          "the server refuses the credentials that the AWS SDK found (%s)"
              .formatted(service.getMessage()));
    }
    return Optional.empty();
  }
}
