package org.cloudramp.sandbox.store.s3;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * Reads and writes objects below one prefix, and turns what goes wrong into typed errors.
 * Thread-safe.
 */
final class Bucket implements AutoCloseable {
  /**
   * The module gate's limit is far lower; this one keeps an object that somebody put here from
   * filling the heap.
   */
  static final int MAX_OBJECT = 64 << 20;

  /** The most names that servers list at once. */
  private static final int PAGE = 1_000;

  private static final int NOT_MODIFIED = 304;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int PRECONDITION_FAILED = 412;

  /**
   * An object that was read.
   *
   * @param tag what the server calls this state of it
   */
  record Entry(Bytes content, String tag) {}

  /**
   * Reads no more than can be used. The platform's input stream ends without an error when the
   * connection breaks before the announced length; that is noticed here. The SDK tries again only
   * what it is told to.
   */
  private static final ResponseTransformer<GetObjectResponse, Entry> ENTRY =
      (response, stream) -> {
        byte[] content;
        try {
          content = stream.readNBytes(MAX_OBJECT + 1);
        } catch (IOException e) {
          throw RetryableException.create("the connection broke: " + e.getMessage(), e);
        }
        Long announced = response.contentLength();
        if (content.length > MAX_OBJECT) {
          stream.abort(); // or the SDK would read the rest to keep the connection
        } else if (announced != null && content.length < announced) {
          throw RetryableException.create(
              "the connection broke after %d of %d bytes".formatted(content.length, announced));
        }
        return new Entry(Bytes.adopt(content), response.eTag());
      };

  private final S3Settings settings;
  private final S3Client client;

  private Bucket(S3Settings settings, S3Client client) {
    this.settings = settings;
    this.client = client;
  }

  /**
   * Connects, and looks whether the bucket is there for us.
   *
   * @param chunked whether bodies are sent as aws-chunked
   * @throws ConfigurationException if the bucket, region or credentials are wrong
   * @throws StoreException if the server cannot be reached
   */
  static Bucket open(S3Settings settings, boolean chunked) {
    S3Client client = settings.client(chunked);
    try {
      client.listObjectsV2(
          list -> list.bucket(settings.bucket()).prefix(settings.prefix()).maxKeys(1));
      return new Bucket(settings, client);
    } catch (SdkException e) {
      client.close();
      throw S3Failures.atStart(settings, e);
    }
  }

  @Override
  public void close() {
    client.close();
  }

  /** What messages call an object. */
  String describe(String name) {
    return "s3://"
        + settings.bucket()
        + "/"
        + settings.prefix()
        + name
        + settings.endpoint().map(endpoint -> " at " + endpoint).orElse("");
  }

  /**
   * An object, if it is there.
   *
   * @throws ModuleException of kind integrity if it is too large
   */
  Optional<Entry> get(String name) {
    return get(name, null);
  }

  /** An object, if it is there; {@code known} itself if it has not changed since. */
  Optional<Entry> getAgain(String name, Entry known) {
    return get(name, known);
  }

  private Optional<Entry> get(String name, @Nullable Entry known) {
    GetObjectRequest.Builder request = GetObjectRequest.builder();
    request.bucket(settings.bucket()).key(key(name));
    if (known != null) {
      request.ifNoneMatch(known.tag());
    }
    Entry read;
    try {
      read = client.getObject(request.build(), ENTRY);
    } catch (NoSuchKeyException e) {
      return Optional.empty();
    } catch (SdkException e) {
      if (known != null && e instanceof S3Exception s3 && s3.statusCode() == NOT_MODIFIED) {
        return Optional.of(known);
      }
      throw S3Failures.failed("read", describe(name), settings, e);
    }
    if (read.content().size() > MAX_OBJECT) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "%s is larger than %d bytes".formatted(describe(name), MAX_OBJECT));
    }
    return Optional.of(read);
  }

  /** Whether there is such an object. */
  boolean has(String name) {
    try {
      client.headObject(head -> head.bucket(settings.bucket()).key(key(name)));
      return true;
    } catch (NoSuchKeyException e) {
      return false;
    } catch (SdkException e) {
      throw S3Failures.failed("read", describe(name), settings, e);
    }
  }

  /**
   * Writes an object, whatever was there.
   *
   * @throws StoreException of kind refused if this server is only to read
   */
  void put(String name, byte[] content) {
    put(name, content, PutObjectRequest.builder());
  }

  /**
   * Writes an object if it still is as it was read, or absent as it was then.
   *
   * @return whether it was written
   * @throws StoreException of kind refused if this server is only to read
   */
  boolean replace(String name, Optional<Entry> before, byte[] content) {
    PutObjectRequest.Builder request = PutObjectRequest.builder();
    before.ifPresentOrElse(entry -> request.ifMatch(entry.tag()), () -> request.ifNoneMatch("*"));
    return put(name, content, request);
  }

  private boolean put(String name, byte[] content, PutObjectRequest.Builder request) {
    refuseIfReadOnly(name);
    try {
      client.putObject(
          request.bucket(settings.bucket()).key(key(name)).build(), RequestBody.fromBytes(content));
      return true;
    } catch (SdkException e) {
      if (e instanceof S3Exception s3 && isLost(s3)) {
        return false;
      }
      throw S3Failures.failed("write", describe(name), settings, e);
    }
  }

  /**
   * Removes an object, if it is there.
   *
   * @throws StoreException of kind refused if this server is only to read
   */
  void remove(String name) {
    refuseIfReadOnly(name);
    try {
      client.deleteObject(delete -> delete.bucket(settings.bucket()).key(key(name)));
    } catch (NoSuchKeyException e) {
      // Somebody else was faster; most servers do not even say so.
    } catch (SdkException e) {
      throw S3Failures.failed("remove", describe(name), settings, e);
    }
  }

  /**
   * Removes all objects whose names begin with {@code folder}, one by one: what removes many at
   * once needs checksums that not every server knows.
   */
  void removeAll(String folder) {
    Optional<String> next = Optional.empty();
    do {
      ListObjectsV2Response page = list(folder, next, request -> {});
      for (S3Object object : page.contents()) {
        remove(object.key().substring(settings.prefix().length()));
      }
      next = Optional.ofNullable(page.nextContinuationToken());
    } while (next.isPresent());
  }

  /**
   * The names of the first folders that {@code read} makes something of, in the order of the
   * bucket.
   *
   * @param after the folder after which to begin, whether it is there or not
   */
  <T> List<T> folders(Optional<String> after, Function<String, Optional<T>> read, int most) {
    List<T> found = new ArrayList<>();
    Optional<String> next = Optional.empty();
    do {
      ListObjectsV2Response page =
          list(
              "",
              next,
              request -> {
                request.delimiter("/").maxKeys(Math.min(most, PAGE));
                // The first name that is in no folder of that name: '0' follows '/'.
                after.ifPresent(folder -> request.startAfter(key(folder + "0")));
              });
      for (CommonPrefix folder : page.commonPrefixes()) {
        String name =
            folder.prefix().substring(settings.prefix().length(), folder.prefix().length() - 1);
        read.apply(name).ifPresent(found::add);
        if (found.size() == most) {
          return found;
        }
      }
      next = Optional.ofNullable(page.nextContinuationToken());
    } while (next.isPresent());
    return found;
  }

  private ListObjectsV2Response list(
      String folder, Optional<String> next, Consumer<ListObjectsV2Request.Builder> more) {
    ListObjectsV2Request.Builder request =
        ListObjectsV2Request.builder().bucket(settings.bucket()).prefix(key(folder));
    more.accept(request);
    next.ifPresent(request::continuationToken);
    try {
      return client.listObjectsV2(request.build());
    } catch (SdkException e) {
      throw S3Failures.failed("list", describe(folder), settings, e);
    }
  }

  private void refuseIfReadOnly(String name) {
    if (settings.readOnly()) {
      throw new StoreException(
          StoreException.Kind.REFUSED,
          "the store 's3' does not change %s: the setting readOnly is true on this server; ask one that may write"
              .formatted(describe(name)));
    }
  }

  /**
   * Whether a condition did not hold. 409 is what AWS says while another conditional write is under
   * way, and 404 when the object was removed since it was read.
   */
  private static boolean isLost(S3Exception failure) {
    return failure.statusCode() == PRECONDITION_FAILED
        || failure.statusCode() == CONFLICT
        || (failure.statusCode() == NOT_FOUND && failure instanceof NoSuchKeyException);
  }

  private String key(String name) {
    return settings.prefix() + name;
  }
}
