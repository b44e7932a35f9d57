import { UserError } from "./errors/classes.js";
import { native } from "./native/load.js";
import { kind } from "./options/options.js";

/**
 * The id of a webchat user, which must be a UUID, made from any text: the same text always gives the same id, so
 * that your own user names can be used.
 *
 * @example
 * ```ts
 * const answer = await client.conversations.send(agentId, {
 *   message: "Hello",
 *   channel_type: "webchat",
 *   channel_user_id: webchatUserId("user-42@shop.example"),
 * });
 * console.log(answer.id);
 * ```
 */
export function webchatUserId(text: string): string {
  if (typeof text !== "string") throw new UserError(`webchatUserId: takes a string, not ${kind(text)}`);
  if (!text.isWellFormed()) throw new UserError("webchatUserId: the text holds half of a surrogate pair");
  return native().NativeClient.webchatUserId(text);
}
