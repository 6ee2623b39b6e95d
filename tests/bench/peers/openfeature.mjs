// A provider asked through the OpenFeature server SDK: what an application that names no vendor pays.
import { OpenFeature } from "@openfeature/server-sdk";
import { openFeatureContext, versionOf } from "./shared.mjs";

/** An adapter that asks `provider(source)` through the SDK. */
export function throughOpenFeature(name, provider, given = {}) {
  return {
    name,
    version: versionOf("@openfeature/server-sdk"),
    format: "flagd",
    isAsync: true,
    user: openFeatureContext,
    async load(source) {
      await OpenFeature.setProviderAndWait(await provider(source));
      return OpenFeature.getClient();
    },
    boolean: (client, key, user) => client.getBooleanValue(key, false, user),
    ...given,
  };
}
