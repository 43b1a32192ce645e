// A room to test the plugin with. 'npx room bindings' writes ./plugins/leaderboard.
import { Connection } from "@cloudramp/room";
import { leaderboard } from "./plugins/leaderboard";

export function onMessage(from: Connection, text: string): void {
  if (text.startsWith("add ")) {
    const added = leaderboard.tryAdd(from.id, <i32>parseInt(text.substring(4)));
    const error = added.error;
    if (error) from.send(`${error.code}: ${error.message}`);
    if (text.endsWith("and fail")) throw new Error("as it was told to");
  } else if (text == "points") {
    from.send(leaderboard.of(from.id).toString());
  } else {
    from.send(leaderboard.top(3).join(", "));
  }
}
