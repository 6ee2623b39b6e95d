// Gates a part of the page by the flag, live. Open it as page/?url=…&key=fh_browser_…&user=user-1
import { Client } from "./flaghoist/web.js";

const asked = new URLSearchParams(location.search);
const user = { targetingKey: asked.get("user") ?? "user-1" };
const flags = new Client({
  url: asked.get("url") ?? "http://127.0.0.1:8080",
  key: asked.get("key") ?? "",
  onChange: render,
});

function render() {
  const { value, reason, metadata } = flags.details("refund_explanation_v1", user, false);
  document.querySelector("#explain").hidden = !value;
  const why = metadata.cause ? `${reason}, ${metadata.cause}` : reason;
  document.querySelector("#state").textContent = `${value ? "on" : "off"} (${why}) at revision ${flags.revision}`;
}

// For the curious, and for the test that asks the same questions in every runtime.
globalThis.flags = flags;
