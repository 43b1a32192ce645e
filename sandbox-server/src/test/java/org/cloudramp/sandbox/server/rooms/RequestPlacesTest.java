package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.rooms.RequestPlaces.Arrival;
import org.junit.jupiter.api.Test;

class RequestPlacesTest {
  private static final ServiceId GREEDY = new ServiceId("greedy");
  private static final ServiceId OTHER = new ServiceId("other");

  private final RequestPlaces places = new RequestPlaces(8);

  @Test
  void aServiceAloneGetsHalfAndWhoeverComesFindsAPlace() {
    for (int i = 0; i < 4; i++) {
      assertThat(places.take(GREEDY)).isEqualTo(Arrival.TAKEN);
    }
    assertThat(places.take(GREEDY)).isEqualTo(Arrival.SERVICE_IS_FULL);
    assertThat(places.take(OTHER)).isEqualTo(Arrival.TAKEN);
  }

  @Test
  void aPlaceThatIsGivenBackIsFree() {
    for (int i = 0; i < 4; i++) {
      assertThat(places.take(GREEDY)).isEqualTo(Arrival.TAKEN);
    }
    places.giveBack(GREEDY);
    assertThat(places.take(GREEDY)).isEqualTo(Arrival.TAKEN);
    assertThat(places.take(GREEDY)).isEqualTo(Arrival.SERVICE_IS_FULL);
  }

  @Test
  void whenAllAreTakenNobodyGetsOne() {
    for (int i = 0; i < 8; i++) {
      assertThat(places.take(new ServiceId("service-" + i))).isEqualTo(Arrival.TAKEN);
    }
    assertThat(places.take(new ServiceId("one-more"))).isEqualTo(Arrival.FULL);
  }
}
