package org.cloudramp.sandbox.host.rooms;

import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.DATA;
import static org.cloudramp.sandbox.api.function.ValueType.LIST_OF_LIST_OF_STRING;
import static org.cloudramp.sandbox.api.function.ValueType.LIST_OF_STRING;

import java.util.List;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.hook.Emission;

/** The module {@code room}: what a guest says to, and asks about, the room it runs for. */
final class RoomFunctions implements HostFunctionProvider {
  private final Rooms rooms;

  RoomFunctions(Rooms rooms) {
    this.rooms = rooms;
  }

  @Override
  public String name() {
    return "room";
  }

  @Override
  public List<HostFunction> functions() {
    return List.of(
        effect("broadcast")
            .takes(DATA, LIST_OF_STRING)
            .emits((call, payload, except) -> Emission.toRoom(payload, rooms.present(call, except)))
            .doesEverywhere(rooms::broadcast),
        effect("sendTo")
            .takes(LIST_OF_STRING, DATA)
            .emits((call, to, payload) -> Emission.toConnections(payload, rooms.present(call, to)))
            .doesEverywhere(rooms::sendTo),
        query("users")
            .returns(LIST_OF_STRING)
            .answers(
                call ->
                    rooms.membersOf(call).stream()
                        .map(member -> member.connection().value())
                        .toList()),
        query("members")
            .returns(LIST_OF_LIST_OF_STRING)
            .answers(
                call -> rooms.membersOf(call).stream().map(RoomFunctions::described).toList()));
  }

  /** What a guest learns of a member. What is added comes last: guests pass over it. */
  private static List<String> described(RoomMembers.Member member) {
    Identity identity = member.identity();
    return List.of(member.connection().value(), identity.user(), identity.info());
  }
}
