// What customers of the shop talk to. 'npx room bindings' writes ./plugins/prices.
import { Connection } from "@cloudramp/room";
import { prices } from "./plugins/prices";

export function onMessage(from: Connection, article: string): void {
  const price = prices.tryOf(article);
  const error = price.error;
  from.send(`${article}: ${error ? error.message : price.value.toString()}`);
}
