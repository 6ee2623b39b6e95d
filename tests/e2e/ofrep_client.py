"""Asks for flags through the official OFREP provider for Python.

Reads `{"url", "key", "questions": [[type, flag, default, context], …]}` from standard input and writes the details of
each answer, as the OpenFeature SDK gives them, to standard output.
"""

import json
import sys

from openfeature import api
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext

asked = json.load(sys.stdin)
headers = {"Authorization": f"Bearer {asked['key']}"}
api.set_provider(OFREPProvider(asked["url"], headers_factory=lambda: headers))
client = api.get_client()
answers = []
for kind, flag, default, context in asked["questions"]:
    attributes = {name: value for name, value in context.items() if name != "targetingKey"}
    about = EvaluationContext(context.get("targetingKey"), attributes)
    details = getattr(client, f"get_{kind}_details")(flag, default, about)
    answers.append(
        {
            "value": details.value,
            "variant": details.variant,
            "reason": details.reason,
            "error": details.error_code and details.error_code.value,
            "metadata": dict(details.flag_metadata),
        }
    )
api.shutdown()
json.dump(answers, sys.stdout)
