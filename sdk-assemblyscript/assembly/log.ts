import { beginRequest, receive, sendRequest, writeString, writeU8 } from "./abi/exchange";

// @ts-ignore: decorator
@external("sandbox", "log")
declare function hostLog(): void;

const DEBUG: u32 = 0;
const INFO: u32 = 1;
const WARN: u32 = 2;
const ERROR: u32 = 3;

/** The service's log, which its operator reads. What a hook logged stays, even if the hook fails afterwards. */
export abstract class log {
  static debug(text: string): void {
    write(DEBUG, text);
  }

  static info(text: string): void {
    write(INFO, text);
  }

  static warn(text: string): void {
    write(WARN, text);
  }

  static error(text: string): void {
    write(ERROR, text);
  }
}

function write(level: u32, text: string): void {
  beginRequest();
  writeU8(level);
  writeString(text);
  sendRequest();
  hostLog();
  receive();
}
