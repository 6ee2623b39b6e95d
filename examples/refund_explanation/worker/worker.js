// An edge worker that explains refunds to those for whom the release is open.
import { Client } from "flaghoist";

let flags;

export default {
  async fetch(request, env, ctx) {
    flags ??= new Client({ url: env.FLAGHOIST_URL, key: env.FLAGHOIST_KEY, environment: "production" });
    try {
      await flags.ready();
    } catch {
      // Without a bundle every answer is the fallback: the page works, the feature is off.
    }
    flags.revalidate(ctx);
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "POST" && pathname === "/bulk") return Response.json(await bulk(request));
    return Response.json(explain(searchParams.get("user") ?? undefined));
  },
};

function explain(user) {
  const { flagKey, value, variant, reason, metadata } =
    flags.details("refund_explanation_v1", { targetingKey: user }, false);
  // Flags and versions from one bundle: they never mix.
  const { artefacts, revision } = flags.snapshot({ targetingKey: user });
  return {
    flag: flagKey,
    enabled: value,
    variant,
    reason,
    cause: metadata.cause,
    missing: metadata.missing,
    prompt: artefacts["prompt:explain_refund"] ?? null,
    tool: artefacts["tool:lookup_refund_eligibility"] ?? null,
    index: artefacts["retrieval_index:refund_policies"] ?? null,
    revision,
  };
}

/** Many users at once: which of them the feature is on for, and which prompt each gets. */
async function bulk(request) {
  const { keys } = await request.json();
  const on = [];
  const prompts = {};
  for (const key of keys) {
    const user = { targetingKey: key };
    if (flags.boolean("refund_explanation_v1", user)) on.push(key);
    const prompt = flags.artefact("prompt:explain_refund", user) ?? "none";
    prompts[prompt] = (prompts[prompt] ?? 0) + 1;
  }
  return { on, prompts, revision: flags.revision };
}
