// GrowthBook's client for many users, from a payload, without a server.
import { GrowthBookClient } from "@growthbook/growthbook";
import { versionOf } from "./shared.mjs";

export default {
  name: "growthbook",
  version: versionOf("@growthbook/growthbook"),
  format: "growthbook",
  user: (record) => ({ attributes: record }),
  load: (document) => new GrowthBookClient().initSync({ payload: JSON.parse(document) }),
  boolean: (client, key, user) => client.isOn(key, user),
  all(client, user) {
    const values = {};
    for (const key in client.getFeatures()) values[key] = client.isOn(key, user);
    return values;
  },
};
