package org.cloudramp.sandbox.testkit.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.junit.jupiter.api.Test;

/** Not the contract of stores: this one is for one process, and its bytes cannot be damaged. */
class MemoryModuleStoreTest {
  private static final ServiceId CHAT = new ServiceId("chat");

  private final MemoryModuleStore store = new MemoryModuleStore();

  @Test
  void keepsVersionsAndSaysWhichIsLive() {
    ModuleVersion first = store.publish(CHAT, new byte[] {1});
    ModuleVersion second = store.publish(CHAT, new byte[] {2});
    store.activate(CHAT, first.digest());

    assertThat(store.publish(CHAT, new byte[] {1})).isEqualTo(first);
    assertThat(store.current(CHAT)).contains(first);
    assertThat(store.versions(CHAT)).containsExactly(second, first);
    assertThat(store.load(second)).containsExactly(2);
  }

  @Test
  void refusesToMakeLiveWhatIsNotPublished() {
    ModuleVersion elsewhere = store.publish(new ServiceId("other"), new byte[] {1});

    assertThatThrownBy(() -> store.activate(CHAT, elsewhere.digest()))
        .isInstanceOf(ModuleException.class);
    assertThat(store.current(CHAT)).isEmpty();
  }

  @Test
  void listsItsServicesAndForgetsThemWhenTheyAreDeleted() {
    ServiceId other = new ServiceId("another");
    store.activate(CHAT, store.publish(CHAT, new byte[] {1}).digest());
    store.publish(other, new byte[] {1});

    assertThat(store.services(Optional.empty(), 1)).containsExactly(other);
    assertThat(store.services(Optional.of(other), 1)).containsExactly(CHAT);
    store.delete(CHAT);

    assertThat(store.services(Optional.empty(), 2)).containsExactly(other);
    assertThat(store.current(CHAT)).isEmpty();
    assertThat(store.versions(CHAT)).isEmpty();
    assertThat(store.versions(other)).hasSize(1);
  }
}
