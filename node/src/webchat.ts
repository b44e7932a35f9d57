import { UserError } from "./errors/classes.js";
import { native } from "./native/load.js";
import { typeName } from "./util/values.js";

/**
 * Returns the webchat user id (a UUID) of a text, so that you can use your own user names. The same text always has the
 * same id.
 *
 * @example
 * ```ts
 * const conversation = await client.conversations.send(agentId, {
 *   message: "Hello",
 *   channel_type: "webchat",
 *   channel_user_id: webchatUserId("user-42@shop.example"),
 * });
 * console.log(conversation.id);
 * ```
 */
export function webchatUserId(text: string): string {
  if (typeof text !== "string")
    throw new UserError(`webchatUserId: the text must be a string, not ${typeName(text)}`);
  if (!text.isWellFormed()) throw new UserError("webchatUserId: the text contains an unpaired surrogate");
  return native().NativeClient.webchatUserId(text);
}
