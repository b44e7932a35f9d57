"""Print the messages of a conversation as they arrive.

Usage: streaming.py AGENT_ID CONVERSATION_ID [AFTER]. Ctrl-C ends it. Reads BIMPEAI_API_KEY and
BIMPEAI_BASE_URL. The last line has the id to pass as AFTER, so that the next run misses no message.
"""

import sys

from bimpe import BimpeAI, Stream, StreamDecodeError, StreamEndedError, types

agent_id, conversation_id, *after = sys.argv[1:]
client = BimpeAI()


def print_messages(stream: Stream[types.StreamMessageEvent]) -> bool:
    """Prints the messages as they arrive. Returns whether the stream has ended."""
    try:
        for event in stream:
            print(f"{event.role}: {event.message}", flush=True)
    except StreamDecodeError as error:
        # One event is malformed. The stream continues with the next.
        print(error, file=sys.stderr)
        return False
    return True


messages = client.conversations.messages
with messages.stream(agent_id, conversation_id, after=after[0] if after else None) as stream:
    try:
        while not print_messages(stream):
            pass
    except StreamEndedError as error:
        # The stream reconnects by itself, so this is final.
        print(f"{error.reason}: {error.message}", file=sys.stderr)
    except KeyboardInterrupt:
        pass
print(f"after {stream.last_event_id}")
