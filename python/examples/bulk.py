"""Import knowledge into an agent, several requests at a time. A second run continues where the first stopped.

Usage: bulk.py AGENT_ID FILE. FILE has lines with {"name": "Hours", "content": "Open from 8 to 20."}.
Reads BIMPEAI_API_KEY and BIMPEAI_BASE_URL.
"""

import hashlib
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bimpe import BimpeAI, BimpeAIError

CONCURRENCY = 8
agent_id, file = sys.argv[1:]
# Long runs meet rate limits. The client waits for them within the timeout.
client = BimpeAI(timeout=300, max_retries=10)


def import_line(line: str) -> bool:
    """Imports one text. Returns whether the request succeeded."""
    fields = json.loads(line)
    # The same line has the same key in each run, so the server applies it once.
    key = hashlib.sha256(f"{agent_id} {line}".encode()).hexdigest()
    try:
        client.agents.knowledge_bases.create(
            agent_id,
            {"type": "text", "name": fields["name"], "content": fields["content"]},
            idempotency_key=key,
        )
    except BimpeAIError as error:
        print(f"{fields['name']}: {error}", file=sys.stderr)
        return False
    return True


lines = [line for line in Path(file).read_text("utf-8").splitlines() if line]
with ThreadPoolExecutor(CONCURRENCY) as pool:
    imported = sum(pool.map(import_line, lines))
failed = len(lines) - imported
total = len(client.agents.knowledge_bases.list(agent_id))
print(f"{imported} imported, {failed} failed, {total} in the agent")
sys.exit(failed > 0)
