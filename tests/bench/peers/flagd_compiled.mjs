// flagd-core with generated code: its default, where `new Function` is allowed.
import { flagd } from "./flagd.mjs";

export default flagd("flagd-core, compiled", {});
