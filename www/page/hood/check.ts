/** Asks every back end of this machine about the same networks, for a card with a report. */

import type { CheckedBackend, CheckReport } from "../../src/index.ts";
import { t } from "../texts.ts";
import type { Surroundings } from "./card.ts";
import type { Telling } from "./report.ts";
import { engineName } from "./timing.ts";

/** The work of the card: its report. */
export async function check({ diffuser }: Surroundings, signal: AbortSignal, tell: Telling): Promise<string> {
  tell(0, t("checkWorking"));
  const report = await diffuser.check({ signal, onProgress: (done) => tell(done, t("checkWorking")) });
  return written(report, new Date(), navigator.userAgent);
}

/** The report as markdown. */
function written({ backends, parts }: CheckReport, date: Date, browser: string): string {
  const names = backends.map(engineName);
  const rows = parts.map(({ name, answers }) => {
    const cells = answers.map((answer) =>
      answer ? `${answer.distance.toExponential(1)}, ${Number(answer.ms.toPrecision(3))} ms` : "-",
    );
    return `| ${[name, ...cells].join(" | ")} |`;
  });
  return [
    `unnoise, ${date.toISOString().slice(0, 10)}`,
    `- browser: ${browser}`,
    ...backends.map((backend) => `- ${engineName(backend)}: ${found(backend)}`),
    "",
    "Relative distance from the CPU, and time of a prediction (the first column is the CPU itself):",
    "",
    `| small network with | ${names.join(" | ")} |`,
    `| --- |${" --- |".repeat(names.length)}`,
    ...rows,
  ].join("\n");
}

function found({ adapter, knownAnswer, failed }: CheckedBackend): string {
  const answer = knownAnswer === undefined ? [] : [`known answer off by ${knownAnswer.toExponential(1)}`];
  return [...(adapter === undefined ? [] : [adapter]), ...answer, ...(failed === undefined ? [] : [failed])].join("; ");
}
