// Unleash's server SDK from a bootstrap, without network and metrics.
import unleash from "unleash-client";
import { versionOf } from "./shared.mjs";

const { InMemStorageProvider, Unleash } = unleash;
const NOWHERE = "http://127.0.0.1:9/"; // never asked: the interval is zero

export default {
  name: "unleash-client",
  version: versionOf("unleash-client"),
  format: "unleash",
  user: ({ id, ...properties }) => ({ userId: id, properties: { ...properties, age: String(properties.age) } }),
  async load(document) {
    const client = new Unleash({
      appName: "bench",
      url: NOWHERE,
      refreshInterval: 0,
      disableMetrics: true,
      skipInstanceCountWarning: true,
      storageProvider: new InMemStorageProvider(),
      bootstrap: { data: JSON.parse(document).features },
    });
    client.on("error", (error) => console.error(error));
    await new Promise((resolve) => client.once("ready", resolve));
    return client;
  },
  unload: (client) => client.destroy(),
  boolean: (client, key, user) => client.isEnabled(key, user),
  all(client, user) {
    const values = {};
    for (const { name } of client.getFeatureToggleDefinitions()) values[name] = client.isEnabled(name, user);
    return values;
  },
};
