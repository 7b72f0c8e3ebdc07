/** defaults.json: the options of a run that suit a model. The engine says whether it takes them, as it does of a run's own. */
import type { ModelInfo, RunDefaults } from "../checkpoint.ts";
import { hasCode, UnnoiseError } from "../errors.ts";
import type { Client } from "../host/client.ts";
import { known } from "./options.ts";
import { sendable } from "./plain.ts";

const NAMES = ["sampler", "variance", "eta", "steps", "trajectory", "clip", "sigmaClip", "guidance"];
const HINT = "docs/models.md says what stands in a defaults.json.";

/**
 * What is known of a network, with what its defaults.json says.
 *
 * @throws UnnoiseError "config-invalid" with the words of the engine for an option that it does not take.
 */
export async function withDefaults(
  client: Client,
  network: number,
  info: ModelInfo,
  given: unknown,
): Promise<ModelInfo> {
  if (given === undefined) return info;
  try {
    const defaults = sendable(known(given as object, NAMES)) as RunDefaults;
    const { guidance, ...plan } = defaults;
    await client.call((worker) => worker.planOf(network, plan));
    // A network without a label for "no class" needs one.
    const labels = info.classes !== undefined && info.noClass === undefined ? { labels: [0] } : {};
    const told = guidance === undefined ? undefined : { guidance, ...labels };
    if (told) await client.call(async (worker) => worker.close(await worker.conditioning(network, told)));
    return { ...info, defaults };
  } catch (error) {
    if (!hasCode(error) || !/^(unknown|invalid)-/.test(error.code)) throw error;
    const message = `in defaults.json ${error.message}`;
    if (error.code !== "invalid-mean-sq-eps") throw new UnnoiseError("config-invalid", message, { hint: HINT });
    return { ...info, warnings: [...info.warnings, { code: "defaults-unused", message: UNUSED }] };
  }
}

const UNUSED = "defaults.json asks for the table of analytic_dpm.json, which the model lacks: it is not used";
