// flagd-core without generated code: the mode that edge runtimes need, and the row that ratios refer to.
import { flagd } from "./flagd.mjs";

export default flagd("flagd-core, interpreter", { disableDynamicCodeGeneration: true });
