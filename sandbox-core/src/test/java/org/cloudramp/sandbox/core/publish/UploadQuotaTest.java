package org.cloudramp.sandbox.core.publish;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.junit.jupiter.api.Test;

class UploadQuotaTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId OTHER = new ServiceId("other");

  private final AtomicLong now = new AtomicLong();
  private final UploadQuota quota =
      new UploadQuota("modules", new UploadQuota.Policy(3, Duration.ofSeconds(20)), now::get);

  private void assertRefused(String setting) {
    assertThatExceptionOfType(ModuleException.class)
        .isThrownBy(() -> quota.count(CHAT))
        .withMessageContaining("'chat'")
        .withMessageContaining(setting)
        .returns(ModuleException.Kind.LIMIT, ModuleException::kind);
  }

  @Test
  void takesSoManyUploadsOfAServiceWithinAMinute() {
    for (int i = 0; i < 3; i++) {
      quota.count(CHAT);
    }

    assertRefused("uploadsPerMinute");
    assertThatCode(() -> quota.count(OTHER)).doesNotThrowAnyException();
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThatCode(() -> quota.count(CHAT)).doesNotThrowAnyException();
  }

  @Test
  void takesNoMoreWhenTheChecksHaveTakenTooLong() {
    quota.count(CHAT);
    quota.took(CHAT, Duration.ofSeconds(19).toNanos());
    quota.count(CHAT);
    quota.took(CHAT, Duration.ofSeconds(12).toNanos());

    assertRefused("uploadTimePerMinute");
    assertThatCode(() -> quota.count(OTHER)).doesNotThrowAnyException();
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThatCode(() -> quota.count(CHAT)).doesNotThrowAnyException();
  }
}
